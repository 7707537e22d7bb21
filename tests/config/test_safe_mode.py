"""Wrong settings never lock the owner out."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.config import salvage


def test_a_good_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text("[camera]\nfps = 5\n")
    config, problems = salvage(path)
    assert (config.camera.fps, problems) == (5, ())


def test_what_is_right_holds_and_what_is_wrong_falls_back(tmp_path: Path) -> None:
    path = tmp_path / "box.toml"
    path.write_text(
        '[camera]\nfps = 5\nwidth = "wide"\n[mood]\nreaction = "hasty"\n[musik]\nstart = "sad"\n'
        '[music.moods]\nsad = { folder = "a", playlist = "b" }\nhappy = { folder = "joy" }\n'
        "[page]\nport = 9000\n"
    )
    config, problems = salvage(path)
    assert len(problems) == 4
    assert all(problem.startswith(str(path)) for problem in problems)
    assert (config.camera.fps, config.camera.width, config.page.port) == (5, 640, 9000)
    assert config.mood.reaction == "steady"
    assert config.music.moods["happy"].folder == "joy"
    assert config.music.moods["sad"].folder == "sad"


@pytest.mark.parametrize("content", [b"[mood", b"\xff\xfe\x00", b"camera = 3"])
def test_a_file_that_is_nothing_at_all_leaves_the_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "box.toml"
    path.write_bytes(content)
    config, problems = salvage(path)
    assert problems
    assert config.page.enabled


def test_a_file_that_is_gone_is_a_problem_too(tmp_path: Path) -> None:
    config, problems = salvage(tmp_path / "gone.toml")
    assert "no such file" in problems[0]
    assert config.page.enabled
