"""What people do at the box with a client of MPD that is everywhere: mpc."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from running import Running
from waiting import until

from appliance.demo.private_mpd import PrivateMpd

pytestmark = pytest.mark.skipif(shutil.which("mpc") is None, reason="mpc is not installed")


def test_what_mpc_does_at_the_box(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    box = Running(tmp_path, mpd_server, "v4l2:63")

    def mpc(*words: str) -> None:
        subprocess.run(["mpc", "--host", mpd_server.address, *words], check=True, capture_output=True)

    def becomes(**wanted: object) -> None:
        until(lambda: (state := box.status()) and all(state[key] == value for key, value in wanted.items()))

    try:
        ours = until(lambda: box.status()["song"])
        mpc("volume", "30")
        becomes(volume=30)
        mpc("volume", "100")
        becomes(volume=85)
        mpc("pause")
        becomes(playing="paused")
        mpc("play")
        becomes(playing="music", song=ours)
        mpc("sticker", ours["uri"], "set", "like", "2")
        becomes(liked=True)
        mpc("insert", "happy/0.flac")
        mpc("next")
        becomes(playing="music", guest=True)
        mpc("clear")
        becomes(playing="stopped", song=None)
        mpc("add", "sad/0.flac")
        mpc("random", "on")
        mpc("play")
        becomes(playing="music", guest=True, modes=["random"])
        mpc("stop")
        becomes(playing="stopped")
    finally:
        box.stop()
