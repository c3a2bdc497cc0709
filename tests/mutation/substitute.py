"""Puts a mutant in the place of its module in a process that has imported everything already."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mutants import Mutant


def substitute(mutant: Mutant) -> None:
    """Change what is there, since other modules have imported functions and classes by their names.

    Functions keep their place and get new code and defaults. So do methods, properties and the fields of dataclasses.
    Other values of the module are replaced.
    """
    name = ".".join(mutant.file.with_suffix("").parts).removesuffix(".__init__")
    there, changed = sys.modules[name], ModuleType(name)
    changed.__file__, changed.__package__ = there.__file__, there.__package__
    exec(compile(mutant.tree(), str(mutant.file), "exec"), vars(changed))
    for known, value in list(vars(changed).items()):
        old = vars(there).get(known)
        if getattr(value, "__module__", name) == name:
            _change(vars(there), known, old, value)


def _change(namespace: dict[str, Any], name: str, old: Any, new: Any) -> None:
    match new:
        case FunctionType():
            _change_function(old, new)
        case type():
            for member, value in vars(new).items():
                before = vars(old).get(member)
                if isinstance(value, property):
                    _change_function(before.fget, value.fget)
                elif isinstance(value, FunctionType):
                    _change_method(old, member, before, value)
        case _ if not name.startswith("__"):
            namespace[name] = new


def _change_method(cls: type, name: str, old: FunctionType, new: FunctionType) -> None:
    if new.__code__.co_filename == "<string>":  # made by dataclass, around the fields' defaults
        setattr(cls, name, new)
    else:
        _change_function(old, new)


def _change_function(old: FunctionType, new: FunctionType) -> None:
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
