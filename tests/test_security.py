"""docs/security.md names the test that proves each of its lines: they are all there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "security.md"
PROOF = re.compile(r'`(tests/\S+\.sh)`: "([^"]+)"')
"""`SCRIPT`: "WORDS", as `prove` says them there."""


@cache
def known() -> frozenset[str]:
    """The name of every test."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in TESTS.rglob("test_*.py"))
    return frozenset(
        node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )


def rows() -> Iterator[list[str]]:
    """The cells of every line of the tables: what must hold, the defence, the test."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] not in ("what must hold", "---"):
            yield cells


def test_every_line_of_the_threat_model_has_its_defence_and_its_test() -> None:
    found = list(rows())
    assert found
    for cells in found:
        assert len(cells) == 3, cells
        assert all(cells), cells
        assert re.findall(r"`test_\w+`", cells[2]) or PROOF.findall(cells[2]), cells


def test_every_test_that_the_threat_model_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = set(re.findall(r"`(test_\w+)`", text)) - known()
    for script, words in PROOF.findall(text):
        if f'prove "{words}"' not in (TESTS.parent / script).read_text(encoding="utf-8"):
            missing.add(f"{script}: {words}")
    assert not missing
