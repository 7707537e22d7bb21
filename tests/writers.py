"""Every way in which the box writes a whole file.

`python tests/writers.py FOLDER` goes all of them, in the furnished folders FOLDER/0, FOLDER/1 and so on.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

from appliance import config, state
from appliance.cli.settings import config_init
from appliance.files import probation
from appliance.files.migrations import Tables
from appliance.files.together import kept, replace_all
from appliance.machine import mpd_config
from appliance.protocol.memory import Memory
from appliance.service.boot_times import READY, BootTimes
from appliance.state.rounds import Rounds
from appliance.update.releases import Releases
from appliance.update.settings import convert
from appliance.web.auth.rights import HASHING, Rights
from appliance.web.care import backup, settings_form
from appliance.web.care.songfile import store
from appliance.web.page import own_adapter
from converter.measuring import card_json

SONG = b"fLaC" + bytes(60)
SENDER = settings_form.Sender(config.check({}, "test"), "me", lambda wanted: ())
BEFORE: dict[str, bytes] = {
    "etc/moodbox.toml": b'version = 1\n[page]\nport = 8080\n[mqtt]\nname = "Box"\n',
    "other.toml": b"[page]\nport = 8081\n",
    "lib/password": f"{HASHING}$salt${'0' * 128}".encode(),
    "lib/state.json": b'{"moodbox_state": 1, "memory": {"volume": "loud"}}',
    "lib/state.json.played": b'["sad", "a"]\ntorn',
    "lib/tokens": json.dumps({"0" * 64: "phone"}).encode(),
    "run/mpd.conf": b"# of before\n",
    "run/mpd-password": b"correct-horse\n",
    "run/boot.json": b"{}",
    "models/emotion.json": b"{}",
}


def furnish(folder: Path) -> None:
    """What is there before."""
    for name, content in BEFORE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name in ("music/happy", "opt/releases/1", "opt/releases/2"):
        (folder / name).mkdir(parents=True)
    (folder / "opt/current").symlink_to("releases/1")
    own = folder / "etc/moodbox.toml"
    replace_all(kept(own), probation.trial(own, "before"))


def _settings(folder: Path) -> None:
    settings_form.change(folder / "etc/moodbox.toml", {"page.port": 8081, "mqtt.name": "Other"}, SENDER)


def _taken_back(folder: Path) -> None:
    probation.Probation(folder / "etc/moodbox.toml", 0.0).take_back(probation.VISIT_S)


def _visited(folder: Path) -> None:
    probation.Probation(folder / "etc/moodbox.toml", 0.0).visited("before")


def _restored(folder: Path) -> None:
    """A backup of everything: settings that move the page, password, tokens, and what was played."""
    secrets, played = Rights(folder / "lib/page").files(), {"played": folder / "lib/state.json.played"}
    own = {"password": folder / "lib/password", "tokens.json": folder / "lib/tokens"}
    packed = backup.pack(folder / "other.toml", own, played, with_secrets=True)
    put_back = {"played": state.put_back(played["played"])}
    backup.unpack(packed, folder / "etc/moodbox.toml", secrets, put_back, SENDER, with_secrets=True)


def _certificate(folder: Path) -> None:
    own_adapter(folder / "lib/page/certificate.pem", folder / "lib/page/key.pem")


def _to_form_2(tables: Tables) -> None:
    tables["renamed"] = True


def _mpd_config(folder: Path) -> None:
    password = str(folder / "run/mpd-password")
    mpd_config.main(
        ["--settings", "/nowhere", "--password", password, "--write", str(folder / "run/mpd.conf")]
    )


def _sent(folder: Path) -> None:
    place = folder / "music/happy/Artist/Album"
    store(io.BytesIO(SONG), len(SONG), place, "a song with a long name" * 10 + ".flac", lambda song: True)


WRITERS: dict[str, Callable[[Path], object]] = {
    "settings": _settings,
    "settings taken back": _taken_back,
    "settings that stay": _visited,
    "settings of a newer form": lambda folder: convert(folder / "etc/moodbox.toml", [_to_form_2]),
    "settings of one's own": lambda folder: config_init(argparse.Namespace(path=folder / "etc/own.toml")),
    "backup": _restored,
    "password": lambda folder: Rights(folder / "lib/page").set_password("correct horse"),
    "certificate": _certificate,
    "session": lambda folder: Rights(folder / "lib/page").open_session(),
    "token": lambda folder: Rights(folder / "lib/page").make_token("phone"),
    "memory": lambda folder: state.save(folder / "lib/state.json", Memory(volume=40)),
    "damaged memory": lambda folder: state.recall(folder / "lib/state.json"),
    "what was played": lambda folder: Rounds(folder / "lib/state.json").keep({"sad": ("a", "b")}),
    "start": lambda folder: BootTimes(folder / "run").set(READY),
    "MPD's configuration": _mpd_config,
    "song": _sent,
    "release": lambda folder: Releases(folder / "opt").point("current", "2"),
    "card": lambda folder: card_json.write(folder / "models/emotion.json", {"name": "emotion"}),
}

ONE_STATE = ("settings", "settings taken back", "settings that stay", "backup", "password")
"""Those whose files belong together: all of them are replaced, or none."""

if __name__ == "__main__":
    for number, write in enumerate(WRITERS.values()):
        write(Path(sys.argv[1], str(number)))
