"""Stands in for `gh api` in tests of workflows: the part of GitHub that they use, kept in a JSON file.

`--jq` is carried out by jq. What a job's token may not do fails, so that `permissions:` are tested, too.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_GITHUB"])
BOT = {"__typename": "Bot", "login": "github-actions"}


def main() -> None:
    """Answer one call."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["api"])
    parser.add_argument("path")
    parser.add_argument("--method")
    parser.add_argument("--jq")
    parser.add_argument("-f", dest="texts", action="append", default=[])
    parser.add_argument("-F", dest="typed", action="append", default=[])
    parser.add_argument("--paginate", action="store_true")
    parser.add_argument("--silent", action="store_true")
    call = parser.parse_args()
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
    fields = dict(field.split("=", 1) for field in call.texts)
    fields |= {name: typed(text) for name, text in (field.split("=", 1) for field in call.typed)}
    method = call.method or ("POST" if fields else "GET")
    path = call.path.removeprefix("repos/acme/bots/")
    state = json.loads(STATE.read_text())
    answer = routed(state, f"{method} {path}", fields)
    STATE.write_text(json.dumps(state, indent=1))
    if call.silent:
        return
    if not call.jq:
        print(json.dumps(answer))
        return
    done = subprocess.run(["jq", "-r", call.jq], input=json.dumps(answer), text=True, check=False)
    sys.exit(done.returncode)


def typed(text: str) -> str:
    """`@FILE` is what a file holds."""
    return Path(text[1:]).read_text() if text.startswith("@") else text


def routed(state: dict[str, Any], request: str, fields: dict[str, str]) -> Any:
    """Find the handler, check the token's permissions, and answer."""
    for pattern, needed, handler in ROUTES:
        if match := re.fullmatch(pattern, request):
            for job in needed.split():
                may(job)
            return handler(state, fields, *match.groups())
    sys.exit(f"gh: Not Found (HTTP 404): {request}")


def may(needed: str) -> None:
    """Fail where the token lacks a permission, as `issues:write`."""
    granted = json.loads(os.environ["FAKE_PERMISSIONS"])
    scope, _, level = needed.partition(":")
    if granted.get(scope) not in ({"read", "write"} if level == "read" else {"write"}):
        sys.exit(f"gh: Resource not accessible by integration (HTTP 403): {needed}")


def comments(state: dict[str, Any], _: dict[str, str], pull: str) -> Any:
    """The REST API knows no editor, and writes a bot's login in another way."""
    return [
        {"id": comment["id"], "body": comment["body"], "user": {"login": rest_login(comment["author"])}}
        for comment in state["comments"]
        if comment["pull"] == pull
    ]


def rest_login(actor: dict[str, str]) -> str:
    """`github-actions[bot]`."""
    return actor["login"] + ("[bot]" if actor["__typename"] == "Bot" else "")


def comment(state: dict[str, Any], fields: dict[str, str], pull: str) -> Any:
    """Make a comment."""
    comment = {"id": len(state["comments"]) + 1, "pull": pull, "body": fields["body"], "author": BOT, "editor": None}
    state["comments"].append(comment)
    return comment


def edit_comment(state: dict[str, Any], fields: dict[str, str], number: str) -> Any:
    """Change a comment."""
    comment = next(known for known in state["comments"] if known["id"] == int(number))
    comment |= {"body": fields["body"], "editor": BOT}
    return comment


def graphql(state: dict[str, Any], fields: dict[str, str]) -> Any:
    """The comments of a pull request, with who edited them."""
    assert (fields["owner"], fields["name"]) == ("acme", "bots")
    nodes = [
        {name: comment[name] for name in ("body", "author", "editor")}
        for comment in state["comments"]
        if comment["pull"] == fields["pull"]
    ]
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
    return {"data": {"repository": {"pullRequest": {"comments": page}}}}


def issues(state: dict[str, Any], fields: dict[str, str]) -> Any:
    """Issues, and pull requests among them, as GitHub has it."""
    assert fields == {"state": "open", "creator": "github-actions[bot]"}
    return [
        {"number": 99, "body": None, "pull_request": {}},
        *(issue for issue in state["issues"] if issue["state"] == "open"),
    ]


def open_issue(state: dict[str, Any], fields: dict[str, str]) -> Any:
    """Make an issue."""
    state["issues"].append({"number": len(state["issues"]) + 1, "state": "open", **fields})


def edit_issue(state: dict[str, Any], fields: dict[str, str], number: str) -> Any:
    """Change or close an issue."""
    state["issues"][int(number) - 1] |= fields


def delete_artifact(state: dict[str, Any], _: dict[str, str], number: str) -> Any:
    """Throw an artifact away."""
    state["artifacts"] = [artifact for artifact in state["artifacts"] if artifact["id"] != int(number)]


ROUTES = [
    (r"GET issues/(\d+)/comments", "pull-requests:read", comments),
    (r"POST issues/(\d+)/comments", "pull-requests:write", comment),
    (r"PATCH issues/comments/(\d+)", "pull-requests:write", edit_comment),
    (r"POST graphql", "pull-requests:read", graphql),
    (r"GET commits/(\w{40})/pulls", "contents:read pull-requests:read", lambda s, _, sha: s["pulls"].get(sha, [])),
    (r"GET commits/main", "contents:read", lambda s, _: {"sha": s["main"]}),
    (r"GET compare/(\w+)\.\.\.\w+", "contents:read", lambda s, _, sha: {"status": s["order"].get(sha, "diverged")}),
    (r"GET actions/runs/(\d+)/approvals", "actions:read", lambda s, _, run: s["approvals"].get(run, [])),
    (
        r"GET actions/workflows/apply\.yml/runs\?branch=main&per_page=100",
        "actions:read",
        lambda s, _: {"workflow_runs": s["runs"]},
    ),
    (
        r"GET actions/artifacts\?name=approved-plan&per_page=100",
        "actions:read",
        lambda s, _: {"artifacts": [artifact for artifact in s["artifacts"] if artifact["name"] == "approved-plan"]},
    ),
    (r"DELETE actions/artifacts/(\d+)", "actions:write", delete_artifact),
    (r"GET issues", "issues:read", issues),
    (r"POST issues", "issues:write", open_issue),
    (r"PATCH issues/(\d+)", "issues:write", edit_issue),
]


if __name__ == "__main__":
    main()
