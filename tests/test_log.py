"""What the box writes down about a song that MPD refuses: not its path, whose folder is a mood."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLAYER = Path(__file__).parent.parent / "appliance" / "player"
TELLS = {"uri", "mood", "error_text"}


@pytest.mark.parametrize("file", sorted(PLAYER.glob("*.py")), ids=lambda file: file.name)
def test_no_line_of_the_players_log_has_the_path_of_a_song(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        if isinstance(node, ast.Call) and is_log:
            named = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
            assert not named & TELLS, ast.unparse(node)
