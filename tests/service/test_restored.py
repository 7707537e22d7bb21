"""What a backup brings back, before the box takes it in."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from appliance import config as settings
from appliance.service import page


def test_every_file_that_a_backup_brings_back_is_looked_into_first(tmp_path: Path) -> None:
    """A list of played songs that was none made the box take its own memory for somebody else's, for good."""
    state = {"file": f"{tmp_path}/state.json", "music": f"{tmp_path}/music.db"}
    config = settings.check({"state": state}, "test")
    names = page._put_back(config, page._keepsakes(config))
    assert len(names) == 4
    assert not [name for name in names if page._is_sound(name, b"\xff of somebody else")]
