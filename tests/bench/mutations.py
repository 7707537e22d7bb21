"""What a mutation run changes: each place of a file's code, in each way that is worth it.

Annotations are no code, and `if TYPE_CHECKING` is for them alone. `==` and `is` are not exchanged for each
other: None, an enumeration and a small number are the same by both.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

ORDER = ("Eq", "NotEq", "Lt", "LtE", "Gt", "GtE")
OTHER = {
    **{one: " ".join(other for other in ORDER if other != one) for one in ORDER},
    "Is": "IsNot",
    "IsNot": "Is",
    "In": "NotIn",
    "NotIn": "In",
    "And": "Or",
    "Or": "And",
    "Add": "Sub Mult",
    "Sub": "Add Mod",
    "Mult": "Div Add",
    "Div": "Mult FloorDiv",
    "FloorDiv": "Div Mod",
    "Mod": "FloorDiv Mult",
    "Pow": "Mult",
    "USub": "UAdd",
    "UAdd": "USub",
    "LShift": "RShift",
    "RShift": "LShift",
    "BitXor": "BitAnd",
    "BitOr": "BitAnd Sub",
    "BitAnd": "BitOr Sub",
}
"""What an operator is exchanged for, by the names of `ast`."""


class Change(NamedTuple):
    """One place in a file, changed in one way."""

    file: str
    lines: range
    """Those of the statement, without the statements that it contains."""
    was: str
    now: str
    code: str
    """The whole file."""


class Place(NamedTuple):
    statement: ast.stmt | ast.ExceptHandler
    holder: Any
    """A node's fields, or a list of nodes."""
    key: str | int
    other: Any
    """What is put there instead."""


def changes(file: str, lines: set[int], sample: int, chance: random.Random) -> tuple[int, list[Change]]:
    """Make some changes of the file, or all that these lines have; before them how many there could be."""
    code = Path(file).read_text()
    tree = ast.parse(code)
    every = [place for place in places(tree) if not lines or lines & set(lines_of(place.statement))]
    chance.shuffle(every)
    made: list[Change] = []
    for statement, holder, key, other in every:
        if len(made) == sample and not lines:
            break
        was, before = ast.unparse(statement), holder[key]
        holder[key] = other
        now, changed = ast.unparse(other if before is statement else statement), ast.unparse(tree)
        holder[key] = before
        with suppress(SyntaxError):
            compile(changed, file, "exec", dont_inherit=True)
            both = zip(was.splitlines(), now.splitlines(), strict=False)
            differ = next(((a, b) for a, b in both if a != b), ("", "(shorter)"))
            made.append(Change(file, lines_of(statement), *differ, changed))
    return len(every), made


def places(node: Any, statement: Any = None) -> Iterator[Place]:
    """Give everything below the node that may be changed, once for each way."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        if field == "decorator_list":
            for key in range(len(value)):
                yield Place(node, vars(node), field, value[:key] + value[key + 1 :])
        is_list = isinstance(value, list)
        for at, child in enumerate(value) if is_list else [(field, value)]:
            if isinstance(child, ast.AST):
                inner = child if isinstance(child, ast.stmt | ast.ExceptHandler) else statement
                for other in others(field, child):
                    yield Place(inner, value if is_list else vars(node), at, other)
                yield from places(child, inner)


def others(field: str, node: Any) -> Iterator[ast.AST]:
    """Give what may stand in a field of this name instead of the node."""
    match node:
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float() as number):
            yield from (ast.Constant(number + 1), ast.Constant(number - 1))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.operator() | ast.cmpop() | ast.boolop() | ast.unaryop():
            yield from (getattr(ast, other)() for other in OTHER.get(type(node).__name__, "").split())
    if field == "test" and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)
    if field == "iter":
        yield ast.List([], ast.Load())
    if field == "type" and isinstance(node, ast.expr):  # what an `except` waits for
        yield ast.Name("ZeroDivisionError", ast.Load())


def lines_of(statement: Any) -> range:
    """Those of a statement, without the statements that it contains."""
    body = getattr(statement, "body", None)
    first = min(each.lineno for each in [statement, *getattr(statement, "decorator_list", [])])
    last = body[0].lineno - 1 if body else statement.end_lineno
    return range(first, max(first, last) + 1)
