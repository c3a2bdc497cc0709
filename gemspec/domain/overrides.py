"""Rules whose blocks a person may lift by their names, as a table: `--allow RULE`."""

from __future__ import annotations

UNDECLARED, RENAMED, RELOCATED = "all-undeclared", "renamed-project", "moved-location"

# Rule -> what is allowed where its block is lifted.
ALLOWABLE = {
    UNDECLARED: "delete all that the project owns, for other keys",
    RENAMED: "train again what another project has",
    RELOCATED: "train again what the project has at another location",
}
