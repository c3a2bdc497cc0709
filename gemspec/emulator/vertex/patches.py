"""What PATCH changes: of models and of endpoints alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernel.errors import bad_request, invalid
from ..kernel.masks import read_mask
from .limits import check_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..kernel.fields import Value


def changed(settings: Value, body: Value, mask: str, patchable: Sequence[str], path: str) -> Value:
    """The settings after a PATCH: those of the mask are set, or cleared where the body leaves them out.

    Without a mask the fields that the body has are set: Google's own client sends none, though it is documented as
    required. `path` is the request's field. Raises ApiError (400) for what cannot be patched, and by `limits`.
    """
    names = read_mask(mask, tuple(patchable)) if mask else [name for name in body if name != "etag"]
    for name in names:
        if name not in patchable:
            raise invalid(f"{path}.{name}", f"{path}.{name} cannot be updated.")
    wanted = {name: body[name] for name in names if name in body}
    cleared = {name: "" for name in names if name == "display_name" and name not in body}
    if problems := check_settings(wanted | cleared, path):
        raise bad_request(problems)
    return {**{name: value for name, value in settings.items() if name not in names}, **wanted}
