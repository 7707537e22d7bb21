"""A whole box learns what is done with its songs, and keeps a child to its folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from running import Running
from waiting import until

from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected
from appliance.taste import Desk


def events(folder: Path) -> list[tuple[str, str, str]]:
    found: list[dict[str, Any]] = Desk(folder / "music.db").export()["events"]
    return [(event["person"], event["verdict"], event["uri"]) for event in found]


def test_a_box_learns_over_a_restart_and_a_child_hears_its_folder(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    who = {"who": ["Ann", "Tim: sad"]}
    box = Running(tmp_path, mpd_server, "v4l2:63", persons=who)
    with pytest.raises(CommandRejected, match="everybody, Ann, Tim"):
        box.do("person", person="Bob")
    box.do("person", person="Ann")
    disliked = until(lambda: box.status()["song"])["uri"]
    assert box.do("dislike")["song"]["uri"] != disliked
    until(lambda: events(tmp_path) == [("Ann", "disliked", disliked)])
    assert mpd_server.client().sticker_get("song", disliked, "like") == "0"
    box.stop()

    box = Running(tmp_path, mpd_server, "v4l2:63", persons=who)
    assert box.status()["person"] == "Ann"
    box.do("undo")
    until(lambda: events(tmp_path) == [])
    until(lambda: "like" not in mpd_server.client().sticker_list("song", disliked))
    box.do("person", person="Tim")
    until(lambda: box.status()["song"]["uri"].startswith("sad/"))
    with pytest.raises(CommandRejected, match="Tim may not hear that"):
        box.do("play-song", song="happy/0.flac")
    with pytest.raises(CommandRejected, match="Tim may not hear that"):
        box.do("up-next", songs=["sad/0.flac", "happy/0.flac"])
    box.do("up-next", songs=["sad/0.flac"])
    until(lambda: "taste" not in box.status()["degraded"])
    box.stop()
