"""With changed settings the box becomes itself anew: the same process, and nothing in it of before."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("flask", reason="the page is an optional extra")

from beginning_anew import Anew, handles, resident_mb
from waiting import PATIENCE_S, until
from webbing import Client

from appliance.demo.private_mpd import PrivateMpd


def test_the_box_begins_anew_in_its_own_process_and_the_music_goes_on(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    box = Anew(tmp_path, mpd_server)
    with box.running() as process:
        song = until(lambda: (now := box.status())["playing"] == "music" and now["song"], PATIENCE_S)
        box.do("camera", on=False)
        box.begin_anew()
        assert process.poll() is None
        words = Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")
        assert words[1:-1] == ["-m", "appliance", "--config", str(box.file), "run"]
        assert until(lambda: box.status().get("song"), PATIENCE_S) == song
        # The state is kept nowhere, by the settings: that the camera is off is handed on.
        assert box.status()["camera"] == "off"
        box.do("camera", on=True)
        box.begin_anew()
        until(lambda: box.status().get("camera") == "on", PATIENCE_S)
    assert process.returncode == 0
    assert "Traceback" not in box.said


def test_a_box_that_is_told_to_end_while_it_begins_anew_ends(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    """It began anew all the same, and systemd waited until it killed it."""
    box = Anew(tmp_path, mpd_server)
    with box.running() as process:
        assert Client(box.port).post("/api/restart").status == 200
        process.terminate()
        process.wait(PATIENCE_S)


def test_systemd_gives_a_box_that_begins_anew_time_and_is_not_told_of_an_end(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    """The watchdog's fifteen seconds are for a loop that turns, not for a start on a slow card."""
    box = Anew(tmp_path, mpd_server)
    with box.running():
        box.begin_anew()
        heard = [message for message in box.heard if message != "WATCHDOG=1"]
    ready = "READY=1\nWATCHDOG_USEC=15000000"
    assert heard[:3] == [ready, "WATCHDOG_USEC=90000000", ready]


@pytest.mark.slow
def test_changed_settings_leave_no_memory_behind(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    """Each left 8.6 MB: after forty the unit ended the box."""
    box = Anew(tmp_path, mpd_server)
    with box.running() as process:
        stood = []
        for _ in range(8):
            until(lambda: box.status().get("faces") == 1, within_s=PATIENCE_S)
            stood.append(resident_mb(process.pid))
            box.begin_anew()
        held = handles(process.pid)
    assert max(stood[4:]) < max(stood[:4]) + 8  # six changes left 50
    assert held < 40
