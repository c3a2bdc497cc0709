"""How `gemspec import --from-owner` takes over what a project owned under another name: a plan of imports, carried
out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gemspec.cli import run_plan, session
from gemspec.planner import Options
from gemspec.util import git

if TYPE_CHECKING:
    from gemspec.domain.plan import Plan


def take_over(old: str, project: str | None, endpoint: str | None, *, auto_approve: bool) -> int:
    """Plan, ask, and write this project's name into the markers of `old`'s models; gives the exit status.

    Raises PlanRefused where the plan is blocked or was not confirmed.
    """
    from gemspec import applier

    workspace = session.load_workspace((), {"project": project, "allow_empty": False})
    plan, document = session.plan_with(workspace, endpoint, Options(from_owner=old))
    if not plan.keys and not plan.blocks:
        click.echo(_nothing(plan, old))
        return 0
    run_plan.show(document)
    run_plan.refuse_blocked(plan)
    if not auto_approve:
        owner = workspace.project.owner
        run_plan.confirm(f"Make these models of {old} those of {owner}, at {document['endpoint']}?")
    run_options = applier.Options(rev=git.git_revision(workspace.folder))
    return run_plan.carry_out(plan, workspace, endpoint, run_options, command=f"import --from-owner {old}")


def _nothing(plan: Plan, old: str) -> str:
    if not plan.left_out:
        return f"Nothing to take over: there is no model of project {old}."
    return f"Nothing to take over: no manifest here declares a key of project {old} ({', '.join(plan.left_out)})."
