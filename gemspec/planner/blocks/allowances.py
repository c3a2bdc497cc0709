"""Lifts blocks that a committed line of `spec.policy.allow` allows, while it is in force. Pure.

The rules that can be lifted are those of `domain.overrides`. Every other block stays, whatever the lines say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gemspec.domain.overrides import OVERRIDES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gemspec.domain.plan import Block, Verdict
    from gemspec.domain.project import Project
    from gemspec.planner.context import PlanOptions


def applied(options: PlanOptions, project: Project) -> PlanOptions:
    """The options with the lines of the project in force, and the rules that these allow for the whole plan."""
    lines = tuple(line for line in project.allow if not line.is_over(options.now))
    whole = {line.rule for line in lines if not OVERRIDES[line.rule].has_key}
    return replace(options, lines=lines, allowed=options.allowed | whole)


def standing(blocks: Iterable[Block], options: PlanOptions) -> tuple[Block, ...]:
    """The blocks that no line lifts."""
    return tuple(block for block in blocks if not _is_lifted(block, options))


def judged(verdict: Verdict, blocks: Sequence[Block], options: PlanOptions) -> Verdict:
    """The verdict of a rule; passed where lines lift all of its blocks."""
    lifted = sum(_is_lifted(block, options) for block in blocks)
    return replace(verdict, allowed=verdict.found) if blocks and lifted == len(blocks) else verdict


def _is_lifted(block: Block, options: PlanOptions) -> bool:
    return any(line.covers(block.rule, block.key) for line in options.lines)
