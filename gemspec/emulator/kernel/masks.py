"""Update masks: which fields a PATCH changes."""

from __future__ import annotations

import re

from .errors import invalid


def read_mask(text: str, patchable: tuple[str, ...]) -> list[str]:
    """The fields of an updateMask, in camelCase or snake_case, separated by commas; `*` is all that can be patched.

    Raises ApiError (400) for an unknown field, and for one that cannot be patched: AIP-203 would ignore those that are
    output only, the strict reading does not.
    """
    if text == "*":
        return list(patchable)
    mask = [re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", path.strip()) for path in text.split(",")]
    for path in mask:
        if path not in patchable:
            known = ", ".join(patchable)
            raise invalid("update_mask", f'Invalid field mask: "{path}" cannot be updated; fields that can: {known}.')
    return list(dict.fromkeys(mask))
