"""An unusable environment is reported as such, without its values."""

from __future__ import annotations

import pytest

from gemspec import cli

PROJECT = "apiVersion: gemspec/v1\nkind: Project\nmetadata: {name: team}\nspec: {provider: gemini}\n"
WRONG = {
    "a SOCKS proxy": ("HTTPS_PROXY", "socks5://user:hunter22@127.0.0.1:1", "the proxy that the environment names"),
    "a proxy of no kind": ("HTTPS_PROXY", "foo://user:hunter22@127.0.0.1:1", "the proxy that the environment names"),
    "a proxy that is no address": ("HTTPS_PROXY", "http://user:hunter22@[::", "the proxy that the environment names"),
    "certificates that are not there": (
        "SSL_CERT_FILE",
        "/hunter22.pem",
        "the certificates that the environment names",
    ),
    "a quota project that is none": ("GOOGLE_CLOUD_QUOTA_PROJECT", "hunter22\u00fc", "holds characters"),
}
ADC = {"a list": "[]", "no kind": '{"type": "impersonated_service_account"}', "deep": "[" * 100_000, "text": "x"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gemspec.yaml").write_text(PROJECT)
    return tmp_path


def said(capsys):
    """The message of `status`, which exits with 1."""
    assert cli.run(["status"]) == 1
    text = " ".join("".join(capsys.readouterr()).split())
    assert "in a way that it should not" not in text
    return text


@pytest.mark.parametrize(("name", "value", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong(name, value, words, monkeypatch, capsys):
    """By its name, and what it takes."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "x")
    monkeypatch.setenv(name, value)
    text = said(capsys)
    assert words in text
    assert name in text
    assert "hunter22" not in text


@pytest.mark.parametrize("content", ADC.values(), ids=ADC)
def test_a_credentials_file_of_another_shape(content, here, monkeypatch, capsys):
    """It is no credentials file, and the message lists the ways to give credentials."""
    (here / "adc.json").write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(here / "adc.json"))
    text = said(capsys)
    assert "application default credentials" in text
    assert "gcloud auth application-default login" in text
