"""The normal form of settings: `==` compares the value of a manifest with the value that a service reports. Pure.

`manifest.desired` and `providers.wire_settings` use it, so that both sides mean the same. The forms are those of
`domain.model`; marker version 1 hashes hyperparameters in this form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from gemspec.domain.settings import LABEL, SettingType
from gemspec.identity.hashing import float32

if TYPE_CHECKING:
    from gemspec.domain.settings import Setting


def entries(setting: Setting, value: Any) -> dict[str, Any]:
    """Give the settings that a field stands for: a setting by its name, or each label by its own name.

    Raises OverflowError for a number beyond the range of float32.
    """
    if setting.type is SettingType.LABELS:
        return {LABEL + name: str(text) for name, text in value.items()}
    return {setting.name: _normal(setting.type, value)}


def _normal(kind: SettingType, value: Any) -> Any:
    match kind:
        case SettingType.TEXT | SettingType.ENUM:
            return str(value)
        case SettingType.PROSE:
            return str(value).replace("\r\n", "\n").rstrip()
        case SettingType.FLOAT32:
            return float32(value) + 0.0  # makes -0.0 zero
        case SettingType.INTEGER:
            return int(value)
        case SettingType.BOOLEAN:
            return bool(value)
        case SettingType.NUMBERS:
            return tuple(sorted({str(number) for number in value}, key=int))
        case SettingType.LABELS:
            raise ValueError("labels are several settings")
        case never:
            assert_never(never)
