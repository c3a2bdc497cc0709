"""Settings on the wire: where a service's messages have the rows of `domain.settings.SETTINGS`. Pure.

The decode and encode modules of each provider use it, so that a setting is read, sent and masked by its row alone. The
message types are written out in each provider's `messages`; tests/parity compares them with the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import ServiceError
from gemspec.domain.settings import SettingKind, SettingType, named, of_kind
from gemspec.identity.normal_form import entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.settings import Setting
    from gemspec.providers.http.wire import Wire

Renames = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WireSettings:
    """The settings of `provider` in a kind of message. `renames` map the beginnings of a manifest's fields to the
    fields of the message, the longest first. `int64`: whole numbers are sent as text, like int64 in Google's JSON.
    """

    provider: str
    renames: Renames = ()
    int64: bool = False

    def place(self, setting: Setting) -> tuple[str, ...]:
        """The path of a setting in the message's JSON."""
        return _place(setting.field, self.renames)

    def read(self, message: Wire, kind: SettingKind) -> dict[str, Any]:
        """Give the settings of a kind that a message reports, in normal form.

        Raises ServiceError for a number beyond the range of float32.
        """
        found: dict[str, Any] = {}
        for setting in of_kind(kind, self.provider):
            value: Any = message
            for name in _attributes(setting.field, self.renames):
                value = getattr(value, name, None)  # tests/parity notices a message type without the field
            if _is_reported(setting, value):
                found |= _entries(setting, value)
        return found

    def write(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Make the part of a message that sets these values. Raises KeyError for an unknown setting."""
        body: dict[str, Any] = {}
        for name, value in values.items():
            setting = named(name)
            *above, last = self.place(setting)
            block = body
            for part in above:
                block = block.setdefault(part, {})
            if setting.type is SettingType.LABELS:
                block.setdefault(last, {})[name.partition(".")[2]] = value
            else:
                block[last] = self._sent(setting, value)
        return body

    def _sent(self, setting: Setting, value: Any) -> Any:
        if self.int64 and setting.type is SettingType.INTEGER:
            return str(value)
        return list(value) if isinstance(value, tuple) else value


def _is_reported(setting: Setting, value: Any) -> bool:
    """Whether an answer reports a setting: unset settings are left out, and only a mutable setting can be empty."""
    if setting.type is SettingType.ENUM and str(value).endswith("_UNSPECIFIED"):
        return False
    return value is not None and (value != "" or setting.kind is SettingKind.MUTABLE)


def _entries(setting: Setting, value: Any) -> dict[str, Any]:
    try:
        return entries(setting, value)
    except OverflowError as huge:
        raise ServiceError(f"the service reports {value!r}, which is no float32") from huge


@cache
def _place(field: str, renames: Renames) -> tuple[str, ...]:
    renamed = (there + field.removeprefix(here) for here, there in renames if f"{field}.".startswith(f"{here}."))
    return tuple(next(renamed, field).split("."))


@cache
def _attributes(field: str, renames: Renames) -> tuple[str, ...]:
    """The names that message types have for the fields of their JSON."""
    return tuple(re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name) for name in _place(field, renames))
