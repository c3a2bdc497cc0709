"""Where credentials may go, what is repeated, and what is logged."""

from __future__ import annotations

import contextlib
import logging
import re

import httpx
import pytest
import stamina

from gemspec.domain.errors import InputError, ServiceError, UnavailableError
from gemspec.providers.gemini import provider as gemini
from gemspec.providers.http import credentials as credential, endpoints, session as http
from gemspec.providers.http.auth import Fixed
from gemspec.providers.http.endpoints import Endpoint
from gemspec.providers.http.retry import RESERVE, RetryableError, RetryBudget, RetryPolicy, retry_needed

pytestmark = pytest.mark.anyio
SECRET = "ya29.a-very-secret-token"
OK = (200, {})
LIST = "GET /v1beta/tunedModels"


class Renewable(Fixed):
    """Credentials whose first token is refused."""

    def __init__(self) -> None:
        super().__init__("test", {})
        self.tokens = ["new", "old"]

    async def authorize(self, _request):
        return {"authorization": f"Bearer {self.tokens[-1]}"}

    async def renew(self):
        return bool(self.tokens.pop()) and bool(self.tokens)


def session(service, credentials=None):
    client = http.client(Endpoint("https://generativelanguage.googleapis.com", False), httpx.MockTransport(service))
    return http.Session(client, credentials or Fixed("access token", {"authorization": f"Bearer {SECRET}"}))


def throttled(delay):
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}]
    return 429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}


class TestRetries:
    @pytest.mark.parametrize("first", [(429, b""), (500, b""), (502, b""), (503, b""), (504, b"")])
    async def test_a_passing_failure_is_repeated(self, service, first):
        service.on(LIST, first, OK)
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == 200
        assert len(service.requests) == 2

    @pytest.mark.parametrize(
        "broken",
        [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.WriteError("x")],
    )
    async def test_a_broken_connection_is_repeated(self, service, broken):
        service.on(LIST, broken, broken, OK)
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == 200

    async def test_the_service_says_how_long(self, service):
        """RetryInfo decides the wait; the hook passes it to stamina."""
        patience = RetryPolicy(RetryBudget())
        assert patience(RetryableError(None, 22.0)) == 22.0
        assert patience(RetryableError()) is True
        assert patience(ValueError()) is False
        service.on(LIST, throttled("22s"), OK)
        waits = []
        before = stamina.instrumentation.get_on_retry_hooks()
        stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.caused_by.delay)])
        try:
            await session(service).request("GET", "/v1beta/tunedModels")
        finally:
            stamina.instrumentation.set_on_retry_hooks(before)
        assert waits == [22.0]

    async def test_a_wait_without_end_is_not_waited_for(self, service):
        service.on(LIST, throttled("3600s"))
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == 429
        assert len(service.requests) == 1

    async def test_the_budget_is_bounded(self, service):
        service.on(LIST, (503, b""))
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == 503
        assert len(service.requests) == http.ATTEMPTS

    @pytest.mark.parametrize(
        ("headers", "wait"),
        [
            ({"retry-after": "7"}, 7.0),
            ({"retry-after": "Wed, 21 Oct 2026 07:28:09 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 9.0),
            ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:09 GMT"}, 0.0),
            ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
            ({"retry-after": "soon"}, None),
            ({}, None),
        ],
    )
    async def test_the_header_says_how_long(self, headers, wait):
        """In seconds, or as a date, which is compared with the service's own clock."""
        again = retry_needed(httpx.Response(503, headers=headers))
        assert again is not None
        assert again.delay == wait

    async def test_what_takes_as_long_as_a_training_is_not_repeated(self, service):
        """Apply queues for a training; repeating the request within seconds is useless."""
        message = "Quota exceeded for quota metric 'Concurrent tuning jobs'."
        service.on(LIST, (429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": message}}))
        await session(service).request("GET", "/v1beta/tunedModels")
        assert len(service.requests) == 1

    async def test_a_plain_refusal_is_not_repeated(self, service):
        service.on(LIST, (400, b""))
        await session(service).request("GET", "/v1beta/tunedModels")
        assert len(service.requests) == 1

    async def test_a_refused_connection(self, service):
        service.on(LIST, httpx.ConnectError("no route\x1b[0m to host"))
        with pytest.raises(UnavailableError, match=r"googleapis.com cannot be reached: no route\[0m to host"):
            await session(service).request("GET", "/v1beta/tunedModels")

    @pytest.mark.parametrize("answer", [(429, b""), (503, b""), (400, b""), OK])
    async def test_what_may_not_be_repeated_is_sent_once(self, service, answer):
        """Whatever the answer, it is given as it is."""
        service.on(LIST, answer)
        assert (await session(service).request("GET", "/v1beta/tunedModels", once=True)).status_code == answer[0]
        assert len(service.requests) == 1

    async def test_what_was_sent_once_and_not_answered(self, service):
        service.on(LIST, httpx.ReadError("cut"), OK)
        with pytest.raises(UnavailableError, match="cut"):
            await session(service).request("GET", "/v1beta/tunedModels", once=True)
        assert len(service.requests) == 1

    @pytest.mark.parametrize("garbled", [(200, b'{"a": 1'), (200, b"<html>"), (404, b'{"error": {"co')])
    async def test_what_cannot_be_read_is_repeated(self, service, garbled):
        """Except for a request that is sent once: there it counts as no answer."""
        service.on(LIST, garbled, OK)
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == 200
        service.on(LIST, garbled)
        with pytest.raises(UnavailableError, match=r"googleapis\.com gives an? (answer|web page)"):
            await session(service).request("GET", "/v1beta/tunedModels", once=True)
        assert len(service.requests) == 3

    @pytest.mark.parametrize("page", [(404, b"<html>"), (403, b"no"), (400, b""), (204, b"")])
    async def test_a_page_of_another_server_is_an_answer(self, service, page):
        service.on(LIST, page)
        assert (await session(service).request("GET", "/v1beta/tunedModels")).status_code == page[0]
        assert len(service.requests) == 1

    async def test_fetching_a_token_is_repeated(self, service):
        """A blip at the token host in the middle of a run must not cost a step."""
        credentials, failures = Renewable(), [UnavailableError("no access token: blip", "Try again.")]
        fetch = credentials.authorize

        async def authorize(request):
            if failures:
                raise failures.pop()
            return await fetch(request)

        credentials.authorize = authorize
        service.on(LIST, OK)
        assert (await session(service, credentials).request("GET", "/v1beta/tunedModels")).status_code == 200
        failures += [UnavailableError("no access token: blip", "Try again.")] * http.ATTEMPTS
        with pytest.raises(UnavailableError, match="no access token: blip"):
            await session(service, credentials).request("GET", "/v1beta/tunedModels")
        assert (len(failures), len(service.requests)) == (0, 1)

    async def test_a_token_that_ends_between_two_attempts(self, service):
        """It is renewed whenever it is refused, not at the first attempt alone."""
        service.on(LIST, (503, b""), (401, b""), OK)
        found = await session(service, Renewable()).request("GET", "/v1beta/tunedModels")
        assert found.status_code == 200
        assert service.requests[-1].headers["authorization"] == "Bearer new"

    @pytest.mark.parametrize("renewed", [True, False])
    async def test_a_refused_token_is_renewed_once(self, service, renewed):
        """A token can expire early. If the new token is refused, too, the request is refused."""

        def answer(request):
            return OK if renewed and request.headers["authorization"] == "Bearer new" else (401, b"")

        service.on(LIST, answer)
        found = await session(service, Renewable()).request("GET", "/v1beta/tunedModels")
        assert found.status_code == (200 if renewed else 401)
        assert len(service.requests) == 2


class TestBudgetOfARun:
    """Everything in progress calls a service that is down, but not eight times each."""

    @pytest.mark.parametrize("failure", [(503, b""), (429, b""), (200, b"<html>"), httpx.ReadError("cut")])
    async def test_a_service_that_is_down_is_not_hammered(self, service, failure):
        service.on(LIST, failure)
        http_session = session(service)
        requests = 60
        for _ in range(requests):
            with contextlib.suppress(UnavailableError):
                await http_session.request("GET", "/v1beta/tunedModels")
        assert requests < len(service.requests) <= requests + RESERVE

    async def test_half_of_all_requests_may_fail_for_ever(self, service):
        """Each answer gives back what a failure has cost."""
        service.on(LIST, *[(503, b""), OK] * 500, (503, b""), OK)
        http_session = session(service)
        for _ in range(500):
            assert (await http_session.request("GET", "/v1beta/tunedModels")).status_code == 200

    async def test_it_says_so(self, service, provider):
        """The message says that nothing is lost, whether the service answers or not."""
        for failure in ((503, b""), (429, b""), httpx.ReadError("cut"), (200, b"{")):
            service.on(LIST, failure)
            for _ in range(RESERVE):
                with pytest.raises(UnavailableError) as caught:
                    await provider.list()
            assert "requests of this run failed, so none is repeated any more)" in caught.value.summary
            assert re.search("othing that was begun is lost|What was started goes on", caught.value.hint)

    async def test_a_failure_says_how_often_it_was_tried(self, service, provider):
        service.on(LIST, (503, b""))
        with pytest.raises(UnavailableError, match=rf"answered 503 \(tried {http.ATTEMPTS} times\)"):
            await provider.list()

    async def test_a_service_that_is_back_is_called_as_before(self, service):
        service.on(LIST, (503, b""))
        http_session = session(service)
        for _ in range(RESERVE):
            await http_session.request("GET", "/v1beta/tunedModels")
        service.on(LIST, *[OK] * http.ATTEMPTS, *[(503, b"")] * (http.ATTEMPTS - 1), OK)
        for _ in range(http.ATTEMPTS + 1):
            assert (await http_session.request("GET", "/v1beta/tunedModels")).status_code == 200


class TestNotices:
    """Somebody waits: silence must not be taken for a hang, nor trouble fill the screen."""

    async def test_one_for_many_requests(self, service, caplog):
        service.on(LIST, *[(503, b""), (503, b""), OK] * 10)
        http_session = session(service)
        for _ in range(10):
            await http_session.request("GET", "/v1beta/tunedModels")
        assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
            "generativelanguage.googleapis.com answers 503, trying again"
        ]

    async def test_a_long_wait_is_reported_at_once(self, service, caplog):
        service.on(LIST, throttled("22s"), OK)
        await session(service).request("GET", "/v1beta/tunedModels")
        assert "answers 429, trying again in 22 s" in caplog.text

    async def test_a_short_wait_is_not_reported(self, service, caplog):
        service.on(LIST, (503, b""), OK)
        await session(service).request("GET", "/v1beta/tunedModels")
        assert not [record for record in caplog.records if record.levelname == "WARNING"]


class TestTrust:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    async def test_a_redirect_is_never_followed(self, service, status):
        service.on(LIST, httpx.Response(status, headers={"location": "https://user:pw@evil.example/x"}))
        with pytest.raises(ServiceError, match=r"redirects to evil\.example"):
            await session(service).request("GET", "/v1beta/tunedModels")
        assert [request.url.host for request in service.requests] == ["generativelanguage.googleapis.com"]

    async def test_a_308_that_leads_nowhere_is_an_answer(self, service):
        """Cloud Storage reports the progress of an upload this way."""
        service.on(LIST, httpx.Response(308, headers={"range": "bytes=0-9"}))
        found = await session(service).request("GET", "/v1beta/tunedModels", headers={"content-range": "bytes */10"})
        assert (found.status_code, found.headers["range"]) == (308, "bytes=0-9")
        assert service.requests[0].headers["content-range"] == "bytes */10"

    @pytest.mark.parametrize(
        "url",
        [
            "http://generativelanguage.googleapis.com",
            "http://192.168.0.1:8085",
            "https://evil.example",
            "https://generativelanguage.googleapis.com.evil.example",
            "https://evilgoogleapis.com",
            "https://generativelanguage.googleapis.com@evil.example",
            "https://user:hunter2@generativelanguage.googleapis.com",
            "https://evil.example\\.googleapis.com",
            "https://evil.example%2f.googleapis.com",
            "https://generativelanguage.googleapis.com/v1beta",
            "https://generativelanguage.googleapis.com?key=hunter2",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://0.0.0.0:80",
            "ftp://localhost",
            "localhost:8085",
            "https://[::1",
            "https://x.googleapis.com:99999",
            "",
        ],
    )
    def test_refused_addresses(self, url):
        with pytest.raises(InputError, match="refused") as caught:
            endpoints.check(url)
        if "@" in url:
            assert "hunter2" not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            (
                "https://generativelanguage.googleapis.com/",
                Endpoint("https://generativelanguage.googleapis.com", False),
            ),
            ("https://x.p.googleapis.com:444", Endpoint("https://x.p.googleapis.com:444", False)),
            ("http://localhost:8085", Endpoint("http://localhost:8085", True)),
            ("http://127.0.0.1:8085/", Endpoint("http://127.0.0.1:8085", True)),
            ("http://[::1]:8085", Endpoint("http://[::1]:8085", True)),
        ],
    )
    def test_accepted_addresses(self, url, expected):
        assert endpoints.check(url) == expected

    def test_an_emulator_is_used_on_loopback_only(self):
        with pytest.raises(InputError, match="loopback"):
            gemini.emulated_at("https://generativelanguage.googleapis.com", {})

    async def test_a_loopback_address_gets_no_adc(self, monkeypatch):
        """Only a token that the environment names, and nothing through a proxy."""
        monkeypatch.setattr(credential, "_application_default", lambda _project: pytest.fail("ADC were asked for"))
        monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:1")
        without = gemini.connect(endpoint="http://localhost:8085", environ={})
        named = gemini.connect(endpoint="http://localhost:8085", environ={"GOOGLE_OAUTH_ACCESS_TOKEN": SECRET})
        emulator = gemini.emulated_at("http://localhost:8085", {})
        assert [found.identity.credential for found in (without, named, emulator)] == [
            "none",
            "access token",
            "",
        ]
        for found in (without, named, emulator):
            assert not [mount for mount in found._calls._session._client._mounts.values() if mount]
            await found.aclose()

    @pytest.mark.parametrize(
        ("url", "allowed"),
        [
            ("https://oauth2.googleapis.com/token", True),
            ("http://169.254.169.254/computeMetadata/v1", True),
            ("http://metadata.google.internal./x", True),
            ("http://oauth2.googleapis.com/token", False),
            ("http://[", False),
            ("file:///etc/passwd", False),
        ],
    )
    def test_token_addresses(self, url, allowed):
        assert endpoints.may_serve_tokens(url) is allowed


class TestLog:
    async def test_a_line_a_request_without_secrets(self, service, caplog):
        """Method, path, status, time, repeats; no query, no body, no header."""
        caplog.set_level(logging.DEBUG, logger="gemspec.http")
        service.on("POST /v1beta/tunedModels", (503, b"answer-text"), httpx.ReadError("x"), OK)
        await session(service).request(
            "POST", "/v1beta/tunedModels", params={"filter": "query-text"}, body=b'{"a": "body-text"}'
        )
        lines = [record.getMessage() for record in caplog.records if record.name == "gemspec.http"]
        assert [line.split(" ms")[0].rsplit(" ", 1)[0] for line in lines] == [
            "POST /v1beta/tunedModels 503",
            "POST /v1beta/tunedModels ReadError",
            "generativelanguage.googleapis.com gives no answer: x, trying",
            "POST /v1beta/tunedModels 200",
        ]
        assert lines[3].endswith(", try 3")
        assert not any(word in caplog.text for word in (SECRET, "answer-text", "body-text"))
        assert not any("query-text" in line for line in lines)

    async def test_no_secret_in_any_error(self, service, provider, creation):
        for answer in ((401, b""), (403, b""), (500, b"oops"), (200, b"x"), httpx.ReadError("x")):
            service.on(LIST, answer)
            service.on("POST /v1beta/tunedModels", answer)
            for call in (provider.list(), provider.create(creation)):
                with pytest.raises(ServiceError) as caught:
                    await call
                assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"

    async def test_the_user_agent_names_gemspec(self, service):
        service.on(LIST, OK)
        await session(service).request("GET", "/v1beta/tunedModels")
        assert service.requests[0].headers["user-agent"].startswith("gemspec/")
