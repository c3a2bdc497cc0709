"""Loads the JSON schemas from their files: in the wheel (gemspec/schemas) or in the checkout (schemas/)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]


@cache
def load(kind: str) -> Schema:
    """Load the schema of a kind (`TunedModel`, `Project`, `Plan`), without any network access."""
    name = f"{kind.lower()}.v1.schema.json"
    packaged, checkout = (Path(__file__).parents[above] / "schemas" / name for above in (1, 2))
    schema: Schema = json.loads((packaged if packaged.is_file() else checkout).read_text(encoding="utf-8"))
    return schema
