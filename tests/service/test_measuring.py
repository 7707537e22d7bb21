"""A whole box is asked to measure a face at rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Running

from appliance import config
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.service.assembly import network


def test_a_box_that_cannot_look_says_why(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    box = Running(tmp_path, mpd_server, "v4l2:63")
    box.do("camera", on=False)
    with pytest.raises(CommandRejected, match="the camera is off: switch it on"):
        box.do("face-at-rest", step="measure")
    with pytest.raises(CommandRejected, match="measure, cancel, forget"):
        box.do("face-at-rest", step="look")
    rest = box.do("face-at-rest", step="forget")["rest"]
    assert rest == {"known": False, "measured": None, "left_s": None, "waits_for": None, "failed": None}
    box.stop()


def test_a_box_that_keeps_nothing_says_so(tmp_path: Path, mpd_server: PrivateMpd) -> None:
    box = Running(tmp_path, mpd_server, "v4l2:63", state={"music": ""})
    with pytest.raises(CommandRejected, match="the box keeps nothing of listeners"):
        box.do("face-at-rest", step="measure")
    box.stop()


def test_a_network_is_named_by_its_file_and_what_changes_its_answers() -> None:
    names = {
        network(config.check({"vision": {"model": model, "sensitivity": sensitivity}}, "test"))
        for model in ("main", "tiny")
        for sensitivity in (0.0, 0.5)
    }
    assert len(names) == 4
    assert network(config.check({"vision": {"model": "/nowhere.tflite"}}, "test")) == ""
