"""The table of blocks that people may lift: by a flag, or by a committed line of `spec.policy.allow`. Pure data.

Hints of blocks, the choices of `--allow` and the planner derive from it; the enum of the schema is held against it by
tests/parity. A new rule that a flag lifts is a row here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

UNDECLARED, RENAMED, RELOCATED = "all-undeclared", "renamed-project", "moved-location"
MAX_DELETES, MAX_TRAININGS, RENAME, ID_TAKEN = "maxDeletes", "maxTrainings", "rename", "id-taken"


@dataclass(frozen=True, slots=True)
class Override:
    """What lifts the block of a rule. `meaning` says what is done then; `when` begins the hint, `flag` is what to give:
    `{key}` and `{count}` are those of the block. `has_key`: the rule is about single keys.
    """

    meaning: str
    when: str
    flag: str
    has_key: bool = False


OVERRIDES = {
    MAX_DELETES: Override(
        "more keys lose their models than the limit allows", "if that is meant", "--max-deletes {count}"
    ),
    MAX_TRAININGS: Override(
        "more trainings start than the limit allows", "if that is meant", "--max-trainings {count}"
    ),
    RENAME: Override(
        "train a key that looks renamed", "if a second training is meant", "--replace {key}", has_key=True
    ),
    ID_TAKEN: Override(
        "train under another id, where a model has the id",
        "to train another under another id",
        "--replace {key}",
        has_key=True,
    ),
    UNDECLARED: Override(
        "delete all that the project owns, for other keys",
        "if all that it owns is to be deleted",
        f"--allow {UNDECLARED}",
    ),
    RENAMED: Override(
        "train again what another project has", "if they are to be trained here, too", f"--allow {RENAMED}"
    ),
    RELOCATED: Override(
        "train again what the project has at another location",
        "if they are to be trained here, too",
        f"--allow {RELOCATED}",
    ),
}
# The rules that `--allow` names; the others have flags of their own.
ALLOWABLE = {rule: row.meaning for rule, row in OVERRIDES.items() if row.flag == f"--allow {rule}"}


def flag_hint(rule: str, *, key: str = "", count: int = 0) -> str:
    """When a block of a rule may be lifted, and the flag that lifts it."""
    row = OVERRIDES[rule]
    return f"{row.when}: {row.flag.format(key=key, count=count)}"


def line_hint(rule: str, key: str | None) -> str:
    """The line that lifts a block of a rule for good, or until a day."""
    named = f"key: {key}, " if key and OVERRIDES[rule].has_key else ""
    return f"or in gemspec.yaml, under spec.policy: `allow: [{{rule: {rule}, {named}reason: WHY}}]`"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A line of `spec.policy.allow`: it lifts the block of a rule, for keys that `key` matches, with a reason. `until`
    is the last day on which it holds, in UTC; None for good.
    """

    rule: str
    reason: str
    key: str = "*"
    until: date | None = None

    def covers(self, rule: str, key: str | None) -> bool:
        """Whether it is about a block."""
        return rule == self.rule and fnmatchcase(key or "", self.key)

    def is_over(self, now: float | None) -> bool:
        """Whether its last day has passed. Without a time, a line that ends holds no more."""
        if self.until is None:
            return False
        return now is None or datetime.fromtimestamp(now, UTC).date() > self.until
