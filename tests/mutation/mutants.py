"""Mutants of a module: every small change of its code that a test should notice.

Texts are left alone: messages are held by golden files. So are annotations, decorators and imports.
"""

from __future__ import annotations

import ast
import copy
import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
_NOT_MUTATED = ("annotation", "returns", "decorator_list")
_Replacement = tuple[ast.AST, ast.AST]


@dataclass(frozen=True)
class Mutant:
    """A module with `new` in the place of `old`, a part of `statement`."""

    file: Path
    module: ast.Module
    statement: ast.stmt
    old: ast.AST
    new: ast.AST

    @property
    def line(self) -> int:
        return getattr(self.old, "lineno", self.statement.lineno)

    @cached_property
    def change(self) -> tuple[str, ...]:
        """The statement before and after, as lines that begin with `-` and `+`."""
        before = ast.unparse(self.statement).splitlines()
        after = ast.unparse(_replaced(self.statement, self.old, self.new)).splitlines()
        compared = list(difflib.ndiff(before, after))
        return tuple(f"{text[0]} {text[2:].strip()}" for text in compared if text[0] in "-+")

    def tree(self) -> ast.Module:
        """The changed module, to be compiled."""
        return ast.fix_missing_locations(_replaced(self.module, self.old, self.new))

    @property
    def text(self) -> str:
        return "\n".join(f"    {line}" for line in self.change)

    def __str__(self) -> str:
        return f"{self.file.as_posix()}:{self.line}\n{self.text}"


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Give the mutants of a file, statement by statement."""
    module = ast.parse(file.read_text("utf-8"))
    for statement in _statements(module):
        for old, new in _replacements(statement):
            yield Mutant(file, module, statement, old, new)


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Statements that run: all but imports, docstrings and what only type checkers see."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.stmt) and not isinstance(child, ast.Import | ast.ImportFrom) and not _is_text(child):
            yield child
        yield from _statements(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _replacements(statement: ast.stmt) -> Iterator[_Replacement]:
    if isinstance(statement, ast.AugAssign | ast.Expr):
        yield statement, ast.Pass()
    for node in _expressions(statement):
        yield from _changes(node)


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what it holds, but for the statements in it, which are visited on their own."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in _NOT_MUTATED and not isinstance(child, ast.stmt):
                yield from _expressions(child)


def _changes(node: ast.AST) -> Iterator[_Replacement]:
    match node:
        case ast.Compare(ops=ops):
            for number, op in enumerate(ops):
                yield node, _with(node, ops=[*ops[:number], _OPPOSITE[type(op)](), *ops[number + 1 :]])
        case ast.BoolOp(op=op, values=values):
            yield node, _with(node, op=_OPPOSITE[type(op)]())
            for left in _shorter(values):
                yield node, _with(node, values=left) if len(left) > 1 else left[0]
        case ast.BinOp(op=op) if type(op) in _OPPOSITE:
            yield node, _with(node, op=_OPPOSITE[type(op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield node, operand
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield test, ast.UnaryOp(ast.Not(), test)
        case ast.comprehension(ifs=ifs) if ifs:
            for left in _shorter(ifs):
                yield node, _with(node, ifs=left)
        case ast.match_case(guard=guard) if guard:
            yield node, _with(node, guard=None)
        case ast.Constant(value=bool(value)):
            yield node, ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield node, ast.Constant(value + 1)
        case ast.Call(keywords=keywords) if len(keywords) > 0:
            for left in _shorter(keywords):
                yield node, _with(node, keywords=left)
        case ast.Tuple(elts=elts, ctx=ast.Load()) | ast.List(elts=elts, ctx=ast.Load()) | ast.Set(elts=elts):
            if any(isinstance(element, ast.Starred) for element in elts):
                for left in _shorter(elts):
                    yield node, _with(node, elts=left)
        case ast.Break() | ast.Continue():
            yield node, _OPPOSITE[type(node)]()


def _shorter(items: list[Any]) -> Iterator[list[Any]]:
    """The list without each of its items in turn."""
    for number in range(len(items)):
        yield items[:number] + items[number + 1 :]


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _replaced(tree: Any, old: ast.AST, new: ast.AST) -> Any:
    """A copy of the tree with `new` in the place of `old`."""
    return copy.deepcopy(tree, {id(old): copy.deepcopy(new)})
