"""The Gemini provider over a faked transport: its requests, and what it makes of the answers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import httpx
import pytest

from gemspec.domain.errors import (
    AuthError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    ServiceError,
    UnavailableError,
)
from gemspec.domain.marker import Absent
from gemspec.domain.model import ParentModel, State
from gemspec.identity import description_marker as markers
from gemspec.providers.http import api, session

pytestmark = pytest.mark.anyio

NAME = "tunedModels/numbers-0123456789"
MODELS = "/v1beta/tunedModels"
MODEL = f"/v1beta/{NAME}"
OPERATION = f"{NAME}/operations/op1"
LISTS = 2  # the default one, and that of one's own, at the same time
CREATE, GET, PATCH, DELETE, LIST = (
    f"POST {MODELS}",
    f"GET {MODEL}",
    f"PATCH {MODEL}",
    f"DELETE {MODEL}",
    f"GET {MODELS}",
)


def refused(code, message="No.", status="", **more):
    return code, {"error": {"code": code, "message": message, "status": status, **more}}


HIDDEN = refused(403, "The caller does not have permission", "PERMISSION_DENIED")
SCOPE = refused(403, details=[{"@type": "x/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}])
TAKEN = refused(409, "Resource already exists.", "ALREADY_EXISTS")
STARTED = (200, {"name": OPERATION, "metadata": {"tunedModel": NAME, "totalSteps": 8}})
CUT = httpx.ReadError("connection reset")


class TestList:
    async def test_all_pages_of_both_lists(self, provider, service, wire_model):
        """The default list and owner:me, every page of each, merged by name and in order."""

        def page(request):
            query = dict(request.url.params)
            assert query["pageSize"] == "1000"
            pages = {
                ("", ""): {"tunedModels": [wire_model(None, "tunedModels/c")], "nextPageToken": "2"},
                ("", "2"): {"tunedModels": [wire_model(None, "tunedModels/a")]},
                ("owner:me", ""): {"nextPageToken": "3"},
                ("owner:me", "3"): {
                    "tunedModels": [wire_model(None, "tunedModels/b"), wire_model(None, "tunedModels/a")]
                },
            }
            return 200, pages[query.get("filter", ""), query.get("pageToken", "")]

        service.on(LIST, page)
        found = await provider.list()
        assert [live.name for live in found] == ["tunedModels/a", "tunedModels/b", "tunedModels/c"]
        assert len(service.requests) == 4

    async def test_a_repeated_page_token_ends_it(self, provider, service):
        service.on(LIST, (200, {"nextPageToken": "again"}))
        with pytest.raises(ServiceError, match="same page token twice"):
            await provider.list()
        assert 2 <= len(service.requests) <= 2 * LISTS

    async def test_a_failed_model_of_ours_has_its_reason(self, provider, service, wire_model):
        models = [wire_model(state="FAILED"), wire_model(None, "tunedModels/foreign", state="FAILED")]
        service.on(LIST, (200, {"tunedModels": models}))
        failed = {"name": OPERATION, "done": True, "error": {"code": 3, "message": "Loss\x1b[2J is NaN."}}
        service.on(f"GET {MODEL}/operations", (200, {"operations": [failed]}))
        ours = {live.name: live.failure for live in await provider.list()}
        assert ours == {NAME: "Loss[2J is NaN.", "tunedModels/foreign": ""}

    @pytest.mark.parametrize(
        ("body", "words"),
        [(b'{"tunedModels": [{"na', "an answer that is cut"), (b"<!DOCTYPE html><p>Log in.", "a web page")],
    )
    async def test_an_answer_that_is_cut_off(self, provider, service, body, words):
        """The request is repeated. If the answer stays cut off, it is an error, and nothing is planned."""
        service.on(LIST, (200, body), (200, {}))
        assert await provider.list() == []
        service.on(LIST, (200, body))
        with pytest.raises(
            UnavailableError, match=rf"googleapis\.com gives {words}.* \(tried {session.ATTEMPTS} times\)"
        ):
            await provider.list()

    async def test_an_answer_of_another_shape(self, provider, service):
        service.on(LIST, (200, {"tunedModels": 1}))
        with pytest.raises(ServiceError, match="cannot be read as TunedModelPage"):
            await provider.list()

    @pytest.mark.parametrize("page", [{}, {"tunedModels": [{"name": "tunedModels/a"}]}])
    async def test_a_list_without_end_ends(self, provider, service, monkeypatch, page):
        """With empty pages or not. Each page has another token."""
        monkeypatch.setattr(api, "MAX_PAGES", 300)
        tokens = itertools.count()
        service.on(LIST, lambda _request: (200, {**page, "nextPageToken": f"t{next(tokens)}"}))
        with pytest.raises(UnavailableError, match="more than 300 pages" if page else "100 empty pages in a row"):
            await provider.list()
        most = 300 if page else 100
        assert most <= len(service.requests) <= LISTS * most


class TestGet:
    @pytest.mark.parametrize("answer", [HIDDEN, refused(404), (404, b"")])
    async def test_absent_or_not_ours_to_see(self, provider, service, answer):
        service.on(GET, answer)
        assert await provider.get(NAME) is None

    @pytest.mark.parametrize("answer", [SCOPE, refused(401)])
    async def test_wrong_credentials_are_not_absence(self, provider, service, answer):
        service.on(GET, answer)
        with pytest.raises(AuthError):
            await provider.get(NAME)

    async def test_a_page_of_another_server_is_not_absence(self, provider, service):
        service.on(GET, (404, b"<html>"))
        with pytest.raises(ServiceError, match="404"):
            await provider.get(NAME)


class TestCreate:
    async def test_sends_the_id_and_reads_the_marker_back(self, provider, service, creation, wire_model):
        service.on(CREATE, STARTED)
        service.on(GET, (200, wire_model()))
        live = await provider.create(creation)
        assert live.marker == creation.marker
        assert service.log == [f"POST {MODELS}?tunedModelId=numbers-0123456789", GET]
        [body] = service.sent("POST")
        assert set(body) == {"displayName", "description", "temperature", "topK", "baseModel", "tuningTask"}

    async def test_can_be_read_a_little_later(self, provider, service, creation, wire_model):
        service.on(CREATE, STARTED)
        service.on(GET, refused(404), (200, wire_model()))
        assert (await provider.create(creation)).name == NAME

    async def test_tuned_from_another_model(self, provider, service, creation, wire_model):
        service.on(CREATE, STARTED)
        service.on(GET, (200, wire_model()))
        await provider.create(replace(creation, source=ParentModel("tunedModels/parent")))
        [body] = service.sent("POST")
        assert body["tunedModelSource"] == {"tunedModel": "tunedModels/parent"}
        assert "baseModel" not in body

    async def test_a_connection_that_broke_after_it_took_effect(self, provider, service, creation, wire_model):
        """The repeat is answered 409. The model has our marker, so it is the requested model."""
        service.on(CREATE, CUT, TAKEN)
        service.on(GET, (200, wire_model(replace(creation.marker, serving=None, rev="3c59dc0"))))
        assert (await provider.create(creation)).name == NAME
        assert len(service.sent("POST")) == 2

    async def test_no_answer_at_all_though_it_took_effect(self, provider, service, creation, wire_model):
        service.on(CREATE, CUT)
        service.on(GET, (200, wire_model()))
        assert (await provider.create(creation)).name == NAME

    @pytest.mark.parametrize("answer", [CUT, refused(503), refused(429)])
    async def test_no_clear_answer_and_no_model(self, provider, service, creation, answer):
        service.on(CREATE, answer)
        with pytest.raises(UnavailableError):
            await provider.create(creation)

    async def test_the_id_is_taken_by_another_generation(self, provider, service, creation, wire_model):
        service.on(CREATE, TAKEN)
        service.on(GET, (200, wire_model(replace(creation.marker, owner="others"))))
        with pytest.raises(ConflictError, match="project others"):
            await provider.create(creation)

    async def test_the_id_is_taken_by_a_model_without_a_marker(self, provider, service, creation, wire_model):
        service.on(CREATE, TAKEN)
        service.on(GET, (200, wire_model(None)))
        with pytest.raises(ConflictError, match="not gemspec's"):
            await provider.create(creation)

    async def test_the_id_is_taken_out_of_sight(self, provider, service, creation):
        service.on(CREATE, TAKEN)
        service.on(GET, HIDDEN)
        with pytest.raises(ConflictError, match="these credentials cannot see"):
            await provider.create(creation)

    @pytest.mark.parametrize("cancelled", [(200, {}), refused(400), HIDDEN])
    async def test_a_marker_that_was_not_kept_ends_the_training(
        self, provider, service, creation, wire_model, cancelled
    ):
        service.on(CREATE, STARTED)
        service.on(GET, (200, wire_model(None)))
        service.on(f"POST /v1/{OPERATION}:cancel", cancelled)
        with pytest.raises(ServiceError, match="did not keep") as caught:
            await provider.create(creation)
        assert service.log[-1] == f"POST /v1/{OPERATION}:cancel"
        assert ("could not be cancelled" in caught.value.summary) == (cancelled is HIDDEN)

    async def test_a_base_model_that_cannot_be_tuned(self, provider, service, creation):
        """The error lists which can, from models.list."""
        service.on(CREATE, refused(400, "models/x is not found for CREATE TUNED MODEL at API version v1beta."))
        methods = ["createTunedModel", "generateContent"]
        service.on(
            "GET /v1beta/models",
            (200, {"models": [{"name": "models/b", "supportedGenerationMethods": methods}, {"name": "models/a"}]}),
        )
        with pytest.raises(InvalidRequestError, match=r"gemini-1\.0-pro-001 cannot be tuned") as caught:
            await provider.create(creation)
        assert caught.value.hint == "These can be tuned: models/b."

    @pytest.mark.parametrize("models", [(200, {}), refused(403)])
    async def test_no_base_model_can_be_tuned_any_more(self, provider, service, creation, models):
        service.on(CREATE, refused(404, "models/gemini-1.0-pro-001 is not found."))
        service.on("GET /v1beta/models", models)
        with pytest.raises(InvalidRequestError) as caught:
            await provider.create(creation)
        assert "Vertex AI" in caught.value.hint

    async def test_a_plain_no(self, provider, service, creation):
        service.on(CREATE, refused(400, "top_k is too big."))
        with pytest.raises(InvalidRequestError, match="top_k is too big"):
            await provider.create(creation)


class TestPoll:
    async def test_few_models_cost_a_request_each(self, provider, service, wire_model):
        task = wire_model()["tuningTask"] | {"snapshots": [{"step": 4, "epoch": 2, "meanLoss": 1.5}]}
        service.on(GET, (200, wire_model(tuningTask=task)))
        found = await provider.poll([NAME, "tunedModels/gone"])
        assert found["tunedModels/gone"] is None
        assert found[NAME].progress.percent == 50.0  # 3 examples, 5 epochs, batch 2: 8 steps
        assert service.log == [GET, "GET /v1beta/tunedModels/gone"]

    async def test_progress_comes_from_the_operation(self, provider, service, wire_model):
        """A fresh process finds the operation by its list, and remembers it."""
        metadata = {"totalSteps": 38, "completedSteps": 19, "snapshots": [{"step": 18, "meanLoss": 0.5}]}
        running = {"name": OPERATION, "metadata": metadata}
        done = {"name": f"{NAME}/operations/op0", "done": True}
        service.on(GET, (200, wire_model(tuningTask={})))
        service.on(f"GET {MODEL}/operations", (200, {"operations": [done, running]}))
        service.on(f"GET /v1beta/{OPERATION}", (200, running))
        for _ in range(2):
            progress = (await provider.poll([NAME]))[NAME].progress
            assert (progress.completed_steps, progress.total_steps, progress.percent) == (19, 38, 50.0)
        assert service.log[1:] == [f"GET {MODEL}/operations?pageSize=1000", GET, f"GET /v1beta/{OPERATION}"]

    async def test_operations_of_v1_where_v1beta_has_none(self, provider, service, wire_model):
        service.on(GET, (200, wire_model(tuningTask={})))
        running = {"name": OPERATION, "metadata": {"totalSteps": 10, "completedSteps": 1}}
        service.on(f"GET /v1/{NAME}/operations", (200, {"operations": [running]}))
        assert (await provider.poll([NAME]))[NAME].progress.percent == 10.0

    async def test_an_empty_list_of_operations_is_read_once(self, provider, service, wire_model):
        service.on(GET, (200, wire_model(tuningTask={})))
        for _ in range(3):
            assert (await provider.poll([NAME]))[NAME].progress.percent is None
        assert len(service.requests) == 3 + 2

    async def test_many_models_are_read_by_the_list(self, provider, service, wire_model):
        names = [f"tunedModels/m{number}" for number in range(30)]
        service.on(LIST, (200, {"tunedModels": [wire_model(None, name) for name in names]}))
        found = await provider.poll([*names, "tunedModels/gone"])
        assert [name for name, live in found.items() if live is None] == ["tunedModels/gone"]
        assert len(service.requests) == 3

    async def test_a_failure_has_its_reason(self, provider, service, creation, wire_model):
        service.on(CREATE, STARTED)
        service.on(GET, (200, wire_model()), (200, wire_model(state="FAILED")))
        await provider.create(creation)
        service.on(
            f"GET /v1beta/{OPERATION}", (200, {"name": OPERATION, "done": True, "error": {"message": "Bad data."}})
        )
        for _ in range(2):
            live = (await provider.poll([NAME]))[NAME]
            assert (live.state, live.failure) == (State.FAILED, "Bad data.")
        assert service.log.count(f"GET /v1beta/{OPERATION}") == 1

    async def test_a_failure_without_a_reason(self, provider, service, wire_model):
        service.on(GET, (200, wire_model(state="FAILED")))
        assert (await provider.poll([NAME]))[NAME].failure == "the service gives no reason"

    async def test_operations_are_an_extra(self, provider, service, wire_model):
        service.on(GET, (200, wire_model(tuningTask={})))
        service.on(f"GET {MODEL}/operations", refused(500))
        assert (await provider.poll([NAME]))[NAME].name == NAME


class TestUpdate:
    async def live(self, provider, service, model):
        service.on(GET, (200, model))
        live = await provider.get(NAME)
        service.requests.clear()
        return live

    async def test_a_patch_of_only_what_changed_and_a_get(self, provider, service, wire_model):
        """The answer of a PATCH may hold the masked fields alone, so it is not used."""
        live = await self.live(provider, service, wire_model(state="ACTIVE"))
        service.on(PATCH, (200, {"temperature": 0.5}))
        service.on(GET, (200, wire_model(state="ACTIVE", temperature=0.5)))
        changed = await provider.update(live, {"temperature": 0.5, "displayName": "numbers"}, None)
        assert (changed.settings["temperature"], changed.marker) == (0.5, live.marker)
        assert service.log == [f"{PATCH}?updateMask=temperature", GET]
        assert service.sent("PATCH") == [{"temperature": 0.5}]

    async def test_nothing_changed(self, provider, service, wire_model):
        live = await self.live(provider, service, wire_model())
        await provider.update(live, {"temperature": 0.2}, live.marker)
        assert service.log == [GET]

    async def test_release(self, provider, service, wire_model):
        live = await self.live(provider, service, wire_model())
        service.on(PATCH, (200, {}))
        trace = markers.release("Says the next.", NAME.removeprefix("tunedModels/"))
        service.on(GET, (200, wire_model(None, description=trace)))
        released = await provider.release(live)
        assert (released.marker, released.marker.released) == (Absent(), True)
        assert released.settings["description"] == "Says the next."
        assert service.sent("PATCH") == [{"description": trace}]

    async def test_a_deleted_model(self, provider, service, wire_model):
        live = await self.live(provider, service, wire_model())
        with pytest.raises(NotFoundError, match=f"changing {NAME}"):
            await provider.update(live, {"temperature": 1.0}, None)

    async def test_promotion(self, provider, service, wire_model):
        live = await self.live(provider, service, wire_model())
        service.on(PATCH, (200, {}))
        await provider.update(live, {}, replace(live.marker, serving=7))
        [body] = service.sent("PATCH")
        text, read = markers.split(body["description"], "numbers-0123456789")
        assert (text, read.serving) == ("Says the next.", 7)


class TestDeleteAndCancel:
    @pytest.mark.parametrize("answer", [(200, {}), refused(404), HIDDEN])
    async def test_deleting_a_deleted_model(self, provider, service, answer):
        service.on(DELETE, answer)
        await provider.delete(NAME)

    async def test_a_model_that_is_still_there(self, provider, service, wire_model):
        service.on(DELETE, HIDDEN)
        service.on(GET, (200, wire_model()))
        with pytest.raises(AuthError, match="deleting"):
            await provider.delete(NAME)

    async def test_cancel_from_a_fresh_process(self, provider, service):
        service.on(f"GET {MODEL}/operations", (200, {"operations": [{"name": OPERATION}]}))
        service.on(f"POST /v1/{OPERATION}:cancel", (200, {}))
        await provider.cancel(NAME)
        assert service.log[-1] == f"POST /v1/{OPERATION}:cancel"

    @pytest.mark.parametrize("answer", [refused(400), refused(404), refused(501)])
    async def test_nothing_to_cancel(self, provider, service, answer):
        service.on(f"GET {MODEL}/operations", (200, {"operations": [{"name": OPERATION, "done": True}]}))
        service.on(f"POST /v1/{OPERATION}:cancel", answer)
        await provider.cancel(NAME)

    async def test_no_operation_to_cancel(self, provider):
        await provider.cancel(NAME)

    async def test_an_operation_of_another_model_is_not_cancelled(self, provider, service):
        """Names in answers are not trusted."""
        service.on(f"GET {MODEL}/operations", (200, {"operations": [{"name": "tunedModels/other/operations/op"}]}))
        await provider.cancel(NAME)
        assert not service.sent("POST")


class TestGenerate:
    ASK = f"POST {MODEL}:generateContent"

    async def test_the_parts_of_the_first_candidate(self, provider, service):
        parts = [{"text": "IV"}, {"text": "hm", "thought": True}, {"text": "!"}]
        service.on(self.ASK, (200, {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}))
        assert await provider.generate(NAME, "III") == "IV!"
        assert service.sent("POST") == [{"contents": [{"parts": [{"text": "III"}]}]}]

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({}, "empty answer"),
            ({"promptFeedback": {"blockReason": "SAFETY"}}, "blocked the prompt"),
            ({"candidates": [{"finishReason": "RECITATION"}]}, "RECITATION"),
            ({"candidates": [{"finishReason": "MAX_TOKENS", "content": {}}]}, "empty answer"),
        ],
    )
    async def test_no_answer(self, provider, service, answer, words):
        service.on(self.ASK, (200, answer))
        with pytest.raises(ServiceError, match=words):
            await provider.generate(NAME, "III")
