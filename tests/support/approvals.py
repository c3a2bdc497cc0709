"""Plans as documents, and how a plan differs from an approved document."""

from __future__ import annotations

from gemspec.domain.model import Permission
from gemspec.domain.project import Identity
from gemspec.planner import PlanOptions, plan
from gemspec.reports import approval
from gemspec.reports.plan import plan_document
from support.planner_dsl import PROJECT, TRAITS

WHERE = Identity("emulator", "here", "")
READERS = tuple(Permission("USER", f"{name}@x.y", "READER") for name in "abc")


def document(live, desired, **options):
    asked = PlanOptions(**options)
    return plan_document(plan(desired, live, PROJECT, TRAITS, asked), WHERE, version="1", options=asked)


def stale(approved, live, desired, **options):
    """The differences of a new plan from the approved document."""
    now = document(live, desired, approved=approval.trainings(approved), **options)
    return [f"{difference.key}: {difference.summary}" for difference in approval.differences(approved, now)]
