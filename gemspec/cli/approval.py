"""The approval of an apply without a question: a plan that was saved and reviewed, or its digest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemspec.domain.errors import InputError, Origin, PlanRefused, Problem
from gemspec.reports import approval, gates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemspec.domain.plan import Plan
    from gemspec.reports.plan import GateEntry, PlanDocument

_AGAIN = "plan again and have that plan reviewed"


class DigestType(click.ParamType[str]):
    """The digest of a plan, as every plan prints it."""

    name = "DIGEST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().lower()
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
            self.fail(f"{value!r} is no digest: write sha256: and 64 hex digits, as the plan prints it", param, ctx)
        return text


@dataclass(frozen=True, slots=True)
class Approval:
    """What replaces the question: a saved plan with its file, or a digest; or nothing. `waived` are gates of --fail-on
    that do not count.
    """

    document: PlanDocument | None = None
    file: str = ""
    digest: str | None = None
    waived: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        return self.document is not None or self.digest is not None

    @property
    def trainings(self) -> frozenset[tuple[str, str]] | None:
        """Keys and train hashes that the saved plan approves to be trained; None where there is none."""
        return approval.trainings(self.document) if self.document else None

    def require(self, plan: Plan, planned: PlanDocument) -> None:
        """Raise InputError, with each difference, or PlanRefused unless the plan is approved."""
        if self.document is not None:
            self._require_in_file(self.document, planned)
        elif self.digest is not None and plan.has_changes and self.digest != planned["digest"]:
            raise PlanRefused(
                f"this is not the plan that was approved: its digest is {planned['digest']}, not {self.digest}", _AGAIN
            )

    def _require_in_file(self, approved: PlanDocument, planned: PlanDocument) -> None:
        place = Origin(self.file)
        if flags := approval.missing_flags(approved, planned):
            summary = f"this plan was made with {' '.join(flags)}"
            raise InputError([Problem(summary, "give apply the same flags", place)])
        if found := approval.differences(approved, planned):
            words = [f"{difference.key}: {difference.summary}".removeprefix(": ") for difference in found]
            summary = "this plan is stale, so nothing was done"
            raise InputError([Problem(summary, _AGAIN, place), *(Problem(text, origin=place) for text in words)])
        asked = [entry["gate"] for entry in approved["gates"]]
        _require_open(gates.tripped(planned, asked), self.waived, place)
        if done := approval.done(approved, planned):
            click.echo(f"\n{done} of the approved steps {'is' if done == 1 else 'are'} not needed any more.", err=True)


def read_plan(file: str) -> PlanDocument:
    """Read a saved plan. Raises InputError where it is no plan, or does not match its digest and steps."""
    from gemspec.reports import planfile
    from gemspec.reports.plan import digest

    document = planfile.read(Path(file))
    if not approval.is_coherent(document) or document["digest"] != digest(document):
        raise InputError([Problem("this plan was changed after it was saved", _AGAIN, Origin(file))])
    return document


def _require_open(tripped: Sequence[GateEntry], waived: Sequence[str], place: Origin) -> None:
    """Raise InputError where a gate stops the plan that is not waived."""
    shut = [entry for entry in tripped if entry["stops"] and entry["gate"] not in waived]
    if shut:
        raise InputError(
            Problem(
                f"--fail-on {entry['gate']} stopped this plan: {gates.GATES[entry['gate']].words} "
                f"({', '.join(entry['stops'])})",
                f"if a person has approved that: --waive {entry['gate']}",
                place,
            )
            for entry in shut
        )


def from_arguments(
    paths: Sequence[str], digest: str | None, waived: Sequence[str] = ()
) -> tuple[Approval, tuple[str, ...]]:
    """Read the saved plan among the arguments, if any; gives the other PATHs, too. `waived` are gates that a person has
    approved.

    Raises InputError where it must not be applied.
    """
    from gemspec.reports import planfile

    if not paths or not planfile.is_plan(Path(paths[0])):
        if waived:
            raise click.UsageError("--waive is about a saved plan that --fail-on stopped: name its file first")
        return Approval(digest=digest), tuple(paths)
    if digest:
        raise click.UsageError("a saved plan and --expect-plan say the same: give one of them")
    file = paths[0]
    document = read_plan(file)
    if document["errored"] or not document["applyable"]:
        why = "ended in errors" if document["errored"] else "is blocked"
        raise InputError([Problem(f"this plan {why}, and approves nothing", "plan again", Origin(file))])
    _require_open(document["gates"], waived, Origin(file))
    return Approval(document, file, waived=tuple(waived)), tuple(paths[1:])
