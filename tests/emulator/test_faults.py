"""Faults on demand: which requests have them, what a client sees, and what has taken effect."""

from __future__ import annotations

import threading
import time

import httpx
import pytest
import uvicorn

from gemspec.emulator import create_app
from gemspec.emulator.faults.config import read_rules
from gemspec.emulator.faults.rules import FAULTS, LISTS, OPEN, Faults
from gemspec.emulator.server import BreakableProtocol

MODELS = "/v1beta/tunedModels"
ORDER = {
    "baseModel": "models/gemini-1.0-pro-001",
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}},
}


class Served(httpx.Client):
    """An emulator behind real HTTP, and a client of it."""

    def __init__(self):
        self.app = create_app(None, training_seconds=10, buckets=["my-data"], faults={})
        config = uvicorn.Config(self.app, http=BreakableProtocol, port=0, log_level="warning", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        super().__init__(base_url=f"http://127.0.0.1:{port}", trust_env=False)

    def rules(self, *requests, **rest):
        answer = self.put("/emulator/faults", json={"requests": [*requests], **rest})
        assert answer.status_code == 200, answer.text

    def counts(self):
        return self.get("/emulator/faults").json()["counts"]

    def train(self, name):
        return self.post(f"{MODELS}?tunedModelId={name}", json=ORDER)

    def close(self):
        super().close()
        self._server.should_exit = True
        self._thread.join()
        self.app.state.store.close()


@pytest.fixture(scope="module")
def shared():
    served = Served()
    yield served
    served.close()


@pytest.fixture
def served(shared):
    """The same emulator for every test, with neither faults nor models."""
    shared.rules()
    for model in shared.get(f"{MODELS}?pageSize=1000").json().get("tunedModels", []):
        shared.delete(f"/v1beta/{model['name']}")
    return shared


def in_process(faults, **how):
    app = create_app(None, faults=faults, **how)
    return httpx.ASGITransport(app), app


class TestWhatAClientSees:
    @pytest.mark.parametrize(
        ("fault", "code", "status"),
        [
            ("throttled", 429, "RESOURCE_EXHAUSTED"),
            ("unauthenticated", 401, "UNAUTHENTICATED"),
            ("scopeInsufficient", 403, "PERMISSION_DENIED"),
            ("serviceDisabled", 403, "PERMISSION_DENIED"),
            ("quotaProjectMissing", 403, "PERMISSION_DENIED"),
            ("internal", 500, "INTERNAL"),
            ("unavailable", 503, "UNAVAILABLE"),
            ("timedOut", 504, "DEADLINE_EXCEEDED"),
        ],
    )
    def test_refusals(self, served, fault, code, status):
        """In the service's own form, be that google.rpc.Status or Cloud Storage's."""
        served.rules({"fault": fault})
        answer = served.get(MODELS)
        assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["status"]) == (
            code,
            code,
            status,
        )
        stored = served.get("/storage/v1/b").json()["error"]
        assert (stored["code"], [*stored["errors"][0]]) == (code, ["message", "domain", "reason"])

    @pytest.mark.parametrize(
        ("fault", "reason", "words"),
        [
            ("scopeInsufficient", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "scopes"),
            ("serviceDisabled", "SERVICE_DISABLED", "is disabled"),
            ("quotaProjectMissing", "SERVICE_DISABLED", "quota project"),
        ],
    )
    def test_what_an_account_lacks(self, served, fault, reason, words):
        """The reasons by which programs distinguish them, and a link where a person can act."""
        served.rules({"fault": fault})
        error = served.get(MODELS).json()["error"]
        assert error["details"][0]["reason"] == reason
        assert words in error["message"]
        assert [detail["@type"].rpartition(".")[2] for detail in error["details"][1:]] == (
            ["Help"] if reason == "SERVICE_DISABLED" else []
        )

    def test_how_long_a_refusal_lasts(self, served):
        served.rules({"fault": "throttled", "retryDelay": 1.5, "retryAfter": 2})
        answer = served.get(MODELS)
        info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}
        assert answer.json()["error"]["details"] == [info]
        assert answer.headers["retry-after"] == "2"
        served.rules({"fault": "throttled"})
        answer = served.get(MODELS)
        assert "details" not in answer.json()["error"]
        assert "retry-after" not in answer.headers

    @pytest.mark.parametrize(("fault", "code"), [("badGateway", 502), ("notJson", 200)])
    def test_pages_of_another_server(self, served, fault, code):
        served.rules({"fault": fault})
        answer = served.get(MODELS)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (code, "text/html")
        assert answer.text.startswith("<!DOCTYPE html>")

    def test_connections_that_end(self, served):
        """Without a byte of an answer: closed, or reset."""
        served.rules({"fault": "dropped"})
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            served.get(MODELS)
        served.rules({"fault": "reset"})
        with pytest.raises(httpx.ReadError):
            served.get(MODELS)

    def test_bodies_that_end_half_way(self, served):
        """Against the length that was announced, or in accord with it."""
        served.train("m")
        whole = served.get(f"{MODELS}/m").content
        served.rules({"fault": "cut"})
        with pytest.raises(httpx.RemoteProtocolError, match=f"received {len(whole) // 2} bytes, expected {len(whole)}"):
            served.get(f"{MODELS}/m")
        served.rules({"fault": "halfJson"})
        answer = served.get(f"{MODELS}/m")
        assert (answer.status_code, answer.content) == (200, whole[: len(whole) // 2])

    @pytest.mark.parametrize("fault", ["cut", "halfJson"])
    def test_an_answer_without_a_body_has_half_of_one(self, served, fault):
        """As the answer to the beginning of an upload, which is 200 without a body."""
        begin = ("/upload/storage/v1/b/my-data/o?uploadType=resumable&name=x", b"{}")
        assert served.post(begin[0], content=begin[1]).content == b""
        served.rules({"fault": fault})
        if fault == "cut":
            with pytest.raises(httpx.RemoteProtocolError, match="received 1 bytes, expected 2"):
                served.post(begin[0], content=begin[1])
        else:
            assert served.post(begin[0], content=begin[1]).content == b"{"

    @pytest.mark.parametrize("fault", ["slow", "trickle"])
    def test_answers_that_are_late(self, served, fault):
        """Too late for who waits less; whole for who waits."""
        served.rules({"fault": fault, "seconds": 0.4, "times": 2})
        with pytest.raises(httpx.ReadTimeout):
            served.get(MODELS, timeout=0.01)
        assert served.counts()["underWay"] == 1
        started = time.monotonic()
        assert served.get(MODELS).json() == {}
        assert time.monotonic() - started >= 0.4 * (0.2 if fault == "trickle" else 1)  # two bytes come in two pieces

    def test_an_empty_page_leads_to_the_true_page(self, served):
        for name in ("a", "b", "c"):
            served.train(name)
        served.rules({"fault": "emptyPage", "times": 2})
        token, pages = "", []
        while True:
            page = served.get(MODELS, params={"pageSize": 2, **({"pageToken": token} if token else {})}).json()
            pages.append([model["name"][-1] for model in page.get("tunedModels", [])])
            token = page.get("nextPageToken")
            if not token:
                break
        assert pages == [[], [], ["a", "b"], ["c"]]

    def test_a_page_that_leads_back_to_itself(self, served):
        """For ever: the first by a token of its own, any other by the token that led to it."""
        for name in ("a", "b", "c"):
            served.train(name)
        for skip, names in ((0, ["a", "b"]), (1, ["c"])):
            served.rules({"fault": "repeatedPage", "skip": skip, "times": 1})
            params = {"pageSize": 2}
            seen = []
            for _ in range(4):
                page = served.get(MODELS, params=params).json()
                seen.append([model["name"][-1] for model in page["tunedModels"]])
                params = {"pageSize": 2, "pageToken": page["nextPageToken"]}
            assert seen[-3:] == [names] * 3

    def test_lists_alone_have_pages(self, served):
        """Of two faults, of which the first is about pages, a request that is no list gets the second."""
        served.train("m")
        served.rules({"fault": ["emptyPage", "unavailable"], "path": "*/m"})
        assert {served.get(f"{MODELS}/m").status_code for _ in range(20)} == {503}
        served.rules({"fault": "emptyPage"})
        assert served.get(f"{MODELS}/m").json()["name"] == "tunedModels/m"
        assert served.counts()["requestRules"] == [{"matched": 0, "struck": 0}]

    def test_a_made_up_token_is_refused_as_any_other(self, served):
        for token in ("faults-next-!", "faults-again-4pyT", "faults-next-eA=="):
            assert served.get(MODELS, params={"pageToken": token}).status_code == 400


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in LISTS])
def test_what_takes_effect(served, fault):
    """Before or after, as the rule says, where both are plausible. Faults that need the true answer come after."""
    seconds = {"seconds": 0.01} if fault in ("slow", "trickle") else {}
    found = {}
    for when in ("before", "after") if fault in OPEN else ("",):
        served.rules({"fault": fault, "method": "POST", **seconds, **({"when": when} if when else {})})
        try:
            served.train(f"m-{when or 'x'}")
        except httpx.TransportError:
            assert fault in ("dropped", "reset", "cut")
        found[when] = served.get(f"{MODELS}/m-{when or 'x'}").status_code == 200
    if fault == "slow":
        assert found == {"before": True, "after": True}
    elif fault in OPEN:
        assert found == {"before": False, "after": True}
    else:
        assert found == {"": fault in ("trickle", "cut", "halfJson")}


class TestWhichRequest:
    def strikes(self, requests, rules, **rest):
        """What befalls these requests, in their order."""
        faults = Faults(read_rules({"requests": rules, **rest}))
        struck = (faults.strike(*request.split()) for request in requests)
        return [strike and strike.fault for strike in struck]

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            ({}, "xxxx"),
            ({"method": "GET"}, "x.x."),
            ({"path": "/v1beta/*"}, "xx.."),
            ({"path": "*a*"}, "xx.x"),
            ({"path": "/v1beta/tunedModels/?"}, "xx.."),
            ({"path": "/V1BETA/*"}, "...."),
            ({"skip": 1, "times": 2}, ".xx."),
            ({"method": "POST", "skip": 1}, "...x"),
            ({"share": 0}, "...."),
            ({"share": 1}, "xxxx"),
        ],
    )
    def test_by_method_path_and_turn(self, rule, expected):
        requests = ["GET /v1beta/tunedModels/a", "POST /v1beta/tunedModels/a", "GET /v1/models", "POST /v1/models/a"]
        found = self.strikes(requests, [{"fault": "internal", **rule}])
        assert "".join("x" if fault else "." for fault in found) == expected

    def test_the_first_that_strikes_decides(self):
        rules = [{"fault": "internal", "skip": 1, "times": 1}, {"fault": "cut", "times": 2}, {"fault": "reset"}]
        assert self.strikes(["GET /"] * 4, rules) == ["cut", "internal", "cut", "reset"]

    def test_a_share(self):
        """The share that the rule names, of any fault, before and after alike."""
        faults = Faults(read_rules({"requests": [{"share": 0.3, "fault": ["internal", "dropped"], "when": "either"}]}))
        struck = [faults.strike("GET", f"/{number % 7}") for number in range(5000)]
        counts = faults.counts()["struck"]
        assert 0.28 < len([strike for strike in struck if strike]) / 5000 < 0.32
        assert counts.keys() == {"internal before", "internal after", "dropped before", "dropped after"}
        assert all(300 < count < 450 for count in counts.values())

    def test_equal_requests_fail_equally(self):
        """The order of independent requests does not matter. Another seed gives other faults."""
        rules = [{"share": 0.5, "fault": ["internal", "cut"]}]
        alone = self.strikes(["GET /a"] * 40, rules, seed=1)
        mixed = self.strikes(["GET /a", "GET /b"] * 40, rules, seed=1)
        assert mixed[::2] == alone
        assert mixed[1::2] != alone
        assert self.strikes(["GET /a"] * 40, rules, seed=2) != alone

    def test_counts(self, served):
        served.rules({"fault": "unavailable", "method": "DELETE", "when": "after"}, {"fault": "throttled", "skip": 1})
        for _ in range(3):
            served.get(MODELS)
        served.train("m")
        served.delete(f"{MODELS}/m")
        counts = served.counts()
        trainings = counts.pop("geminiTrainings"), counts.pop("vertexTrainings")
        assert counts == {
            "requests": 5,
            "struck": {"throttled": 3, "unavailable after": 1},
            "underWay": 0,
            "requestRules": [{"matched": 1, "struck": 1}, {"matched": 4, "struck": 3}],
            "trainingRules": [],
        }
        assert trainings[1] == 0


class TestTrainings:
    def test_by_the_id_of_a_model(self, make_emulator, order):
        """Slow, instant, failing for a reason; the first rule that fits, as often as it says."""
        rules = [
            {"model": "slow-*", "seconds": 1000},
            {"model": "instant-*", "seconds": 0},
            {"model": "bad-*", "times": 1, "fails": "Too few examples."},
            {"model": "worse-*", "fails": True, "seconds": 2},
        ]
        emulator = make_emulator(training_seconds=10, faults={"trainings": rules})
        for name in ("slow-1", "instant-1", "bad-1", "bad-2", "worse-1", "other"):
            emulator.post(f"tunedModels?tunedModelId={name}", order())
        states = []
        for seconds in (0, 1, 4, 5, 100):
            emulator.seconds += seconds
            listed = emulator.get("tunedModels?pageSize=100")["tunedModels"]
            states.append(" ".join(model["state"][0] for model in listed))
        assert states == ["C A C C C C", "C A C C F C", "C A F C F C", "C A F A F A", "C A F A F A"]
        errors = {
            name: emulator.get(f"tunedModels/{name}/operations")["operations"][0]["error"]["message"]
            for name in ("bad-1", "worse-1")
        }
        assert errors == {"bad-1": "Too few examples.", "worse-1": "Tuning failed."}

    def test_by_the_display_name_on_vertex(self, make_emulator):
        rules = [{"model": "bad*", "fails": "Too few examples.", "seconds": 4}, {"model": "slow*", "seconds": 150}]
        emulator = _vertex(make_emulator, trainings=rules)
        names = {name: _job(emulator, name)["name"] for name in ("bad-1", "slow-1", "other")}
        emulator.seconds += 20
        jobs = {name: emulator.send("GET", f"/v1/{job}").json() for name, job in names.items()}
        states = {name: job["state"].removeprefix("JOB_STATE_") for name, job in jobs.items()}
        assert states == {"bad-1": "FAILED", "slow-1": "RUNNING", "other": "SUCCEEDED"}
        assert jobs["bad-1"]["error"]["message"] == "Too few examples."

    def test_why_it_failed_is_kept(self, make_emulator, order, tmp_path):
        """In the file, so that another process reports the same."""
        first = make_emulator(tmp_path / "e.db", faults={"trainings": [{"model": "*", "fails": "No."}]})
        first.post("tunedModels?tunedModelId=m", order())
        first.app.state.store.close()
        second = make_emulator(tmp_path / "e.db")
        second.seconds += 100
        assert second.get("tunedModels/m/operations")["operations"][0]["error"]["message"] == "No."

    def test_a_quota(self, make_emulator, order):
        """A third is refused while two run; another is accepted when a training has ended or its model is deleted."""
        emulator = make_emulator(training_seconds=10, faults={"concurrentTrainings": 2})
        emulator.post("tunedModels?tunedModelId=a", order())
        emulator.seconds += 5
        emulator.post("tunedModels?tunedModelId=b", order())
        refusal = emulator.refusal("POST", "/v1beta/tunedModels?tunedModelId=c", json=order())
        assert (refusal["status"], refusal["details"][0]["@type"]) == (
            "RESOURCE_EXHAUSTED",
            "type.googleapis.com/google.rpc.QuotaFailure",
        )
        assert emulator.app.state.store.trainings_started() == 2
        emulator.seconds += 5
        emulator.post("tunedModels?tunedModelId=c", order())
        emulator.delete("tunedModels/b")
        emulator.post("tunedModels?tunedModelId=d", order())
        assert emulator.refusal("POST", "/v1beta/tunedModels?tunedModelId=e", json=order())["code"] == 429

    def test_a_quota_on_vertex(self, make_emulator):
        emulator = _vertex(make_emulator, concurrentTrainings=1)
        _job(emulator, "a")
        refusal = emulator.refusal("POST", JOBS, json=_order("b"))
        assert (refusal["code"], "concurrent" in refusal["message"]) == (429, True)
        emulator.seconds += 20
        _job(emulator, "b")


JOBS = "/v1/projects/emulated/locations/us-central1/tuningJobs"


def _vertex(make_emulator, **faults):
    emulator = make_emulator(training_seconds=10, buckets=["my-data"], faults=faults)
    turns = [{"role": role, "parts": [{"text": "1"}]} for role in ("user", "model")]
    upload = "/upload/storage/v1/b/my-data/o?uploadType=media&name=x.jsonl"
    assert emulator.send("POST", upload, json={"contents": turns}).status_code == 200
    return emulator


def _order(name):
    spec = {"trainingDatasetUri": "gs://my-data/x.jsonl"}
    return {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": name, "supervisedTuningSpec": spec}


def _job(emulator, name):
    answer = emulator.send("POST", JOBS, json=_order(name))
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestControl:
    def test_it_is_absent_without_a_fault_file(self, emulator):
        for method, path in (("GET", "faults"), ("PUT", "faults"), ("POST", "clock")):
            assert emulator.send(method, f"/emulator/{path}", json={}).status_code == 404

    def test_what_was_put_there_is_what_is_given(self, make_emulator):
        """Replacing the rules resets the counts; wrong rules change nothing."""
        first = {"requests": [{"fault": "unavailable", "path": "/v1beta/*"}]}
        emulator = make_emulator(faults=first)
        assert emulator.send("GET", "/v1beta/tunedModels").status_code == 503
        found = emulator.send("GET", "/emulator/faults").json()
        assert (found["faults"], found["counts"]["struck"]) == (first, {"unavailable before": 1})
        wrong = {"requests": [{"fault": "unavailable"}, {"fault": "unavailble"}]}
        refusal = emulator.refusal("PUT", "/emulator/faults", json=wrong)
        expected = '/requests/1/fault: there is no fault "unavailble", did you mean unavailable?'
        assert refusal["details"][0]["fieldViolations"] == [{"field": "/requests/1/fault", "description": expected}]
        assert emulator.send("GET", "/v1beta/tunedModels").status_code == 503
        put = emulator.send("PUT", "/emulator/faults", json={}).json()
        assert (put["faults"], put["counts"]["requests"], put["counts"]["struck"]) == ({}, 0, {})
        assert emulator.get("tunedModels") == {}

    @pytest.mark.parametrize("body", [b"{", b"[" * 10_000, b"\xff", b""])
    def test_a_body_that_is_no_json(self, make_emulator, body):
        emulator = make_emulator(faults={})
        assert emulator.refusal("PUT", "/emulator/faults", content=body)["code"] == 400
        assert emulator.refusal("POST", "/emulator/clock", content=body)["code"] == 400

    def test_a_web_page_cannot_move_the_clock(self, make_emulator):
        """A browser sends text/plain without asking first."""
        emulator = make_emulator(faults={})
        headers = {"content-type": "text/plain"}
        assert emulator.refusal("POST", "/emulator/clock", content=b'{"seconds": 1}', headers=headers)["code"] == 400

    def test_the_clock_moves_on(self, make_emulator, order):
        """A training ends without anybody waiting for it."""
        emulator = make_emulator(training_seconds=3600, faults={})
        emulator.post("tunedModels?tunedModelId=m", order())
        moved = [emulator.send("POST", "/emulator/clock", json={"seconds": s}).json() for s in (3599, 1)]
        assert moved == [
            {"now": "2023-11-14T23:13:19.250Z", "ahead": 3599.0},
            {"now": "2023-11-14T23:13:20.250Z", "ahead": 3600.0},
        ]
        assert emulator.get("tunedModels/m")["state"] == "ACTIVE"

    @pytest.mark.parametrize(
        "body", [{}, [], 5, {"seconds": -1}, {"seconds": True}, {"seconds": "60"}, {"seconds": 1e300}, {"second": 1}]
    )
    def test_the_clock_never_goes_back(self, make_emulator, body):
        emulator = make_emulator(faults={})
        assert emulator.refusal("POST", "/emulator/clock", json=body)["code"] == 400

    def test_no_fault_befalls_it(self, make_emulator):
        emulator = make_emulator(faults={"requests": [{"fault": "unavailable"}]})
        assert emulator.send("GET", "/emulator/faults").status_code == 200


def test_in_process_there_is_no_connection_to_end(make_emulator):
    """The app raises what a client would see; a half body is half a body."""
    emulator = make_emulator(faults={"requests": [{"fault": ["dropped", "reset", "cut"]}]})
    for _ in range(6):
        with pytest.raises(ConnectionResetError):
            emulator.send("GET", "/v1beta/tunedModels")
