"""What the box writes down about a song: not its path, whose folder is a mood."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

APPLIANCE = Path(__file__).parent.parent / "appliance"
ROOMS = sorted(
    path for path in APPLIANCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
)
TELLS = {"uri", "mood", "error_text"}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_line_of_the_log_has_the_path_of_a_song(room: Path) -> None:
    files = room.rglob("*.py") if room.is_dir() else [room]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    for node in (node for tree in trees for node in ast.walk(tree)):
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        if isinstance(node, ast.Call) and is_log:
            named = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
            assert not named & TELLS, ast.unparse(node)
