"""`tts.speak` of a real Home Assistant on a host of its own, heard in what MPD plays. Once through our
integration, once through Home Assistant's own for MPD. Run by run.sh; ends with one line that says so."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import soundfile
import tomlkit
from asking_mpd import what_mpd_does
from core import Core, wait_for
from house import PASSWORD, ROOT
from mosquitto import free_port
from piping import PIPE, RATE_HZ, Ear, levels_db
from player import FLOW
from two_hosts import BOX, OTHER, know_the_time, other_host
from voice import LENGTH_S, LEVEL_DB, give_voice, set_up_voice, speak
from webbing import Client

from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.web.auth.rights import Rights

MPD_PASSWORD = "house"
OPEN_MPD = f"""\
bind_to_address "{BOX}"
port "6600"
password "{MPD_PASSWORD}@read,add,player,control"
default_permissions ""
local_permissions "read,add,player,control,admin"
"""
"""As `mpd.network` makes it."""
SONG_S, SONGS = 150, 4
MOST, QUIETEST = 60, 20
"""Percent: `volume.max`, and that of quiet hours."""
NEAR_S = 0.3
TONES = {"ours": 800, "mpds": 1000, "night": 1200, "nightly": 1400, "never": 1600}
"""Message -> Hz."""
QUIET_DB = -50.0
LIKE = 0.8
"""Two sounds are the same from this correlation on; of two noises it is about 0."""
CHUNK = RATE_HZ // 10


@dataclass(frozen=True)
class Spoken:
    """What was said, into which song, and how loud it may be at most."""

    message: str
    song: str
    most: int
    fades: bool


class Parlour:
    """A box with an MPD that is heard, and Home Assistant on another host."""

    def __init__(self, running: ExitStack, hass: list[str], root: Path) -> None:
        know_the_time()
        there = running.enter_context(other_host())
        self.folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="moodbox-")))
        self.songs = {
            f"happy/{n}.flac": _noise(self.folder / "music" / "happy" / f"{n}.flac", n) for n in range(SONGS)
        }
        cv2.imwrite(str(self.folder / "happy.png"), portrait("happy"))
        pipe = self.folder / "pipe"
        self.mpd = PrivateMpd(
            self.folder / "mpd", self.folder / "music", settings=OPEN_MPD, outputs=PIPE.format(pipe=pipe)
        )
        self.page = free_port()
        Rights(self.folder / "page").set_password(PASSWORD)
        running.enter_context(self.mpd)
        self.ear = Ear(pipe)
        running.callback(self.mpd.stop)
        self._box = self._start()
        running.callback(self.stop_box)
        self.owner = Client(self.page)
        wait_for(self._logs_in, "the box's page")
        self.core = Core([*there, *hass], root, None, 8123, OTHER)
        give_voice(self.core, TONES)
        running.enter_context(self.core)
        self.spoken: list[Spoken] = []

    def _start(self) -> subprocess.Popen[bytes]:
        settings: dict[str, Any] = {
            "camera": {"source": f"replay:{self.folder / 'happy.png'}"},
            "mood": {"reaction": "instant"},
            "mpd": {"address": self.mpd.address},
            "control": {"socket": str(self.folder / "control")},
            "state": {"file": ""},
            "volume": {"max": MOST},
            "announce": {"volume": 100},
            "page": {"address": "0.0.0.0", "port": self.page, "folder": str(self.folder / "page")},
        }
        file = self.folder / "moodbox.toml"
        file.write_text(tomlkit.dumps(settings), encoding="utf-8")
        command = [sys.executable, "-m", "appliance", "--config", str(file), "run"]
        with (self.folder / "box.log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"PYTHONPATH": str(ROOT)}
            )

    def stop_box(self) -> None:
        self._box.terminate()
        self._box.wait(20)

    def _logs_in(self) -> bool:
        try:
            return self.owner.log_in(PASSWORD).status == 303
        except OSError:
            return False

    def heard(self) -> dict[str, str]:
        return what_mpd_does(self.mpd)

    def state(self) -> Any:
        """What the box says, once it does: it begins anew with other settings."""
        return wait_for(self._told, "the box's state")

    def _told(self) -> Any:
        try:
            return self.owner.get("/api/state").json
        except (OSError, HTTPException):
            return None

    def set(self, **changes: object) -> None:
        """Change settings such as quiet__begin, and wait until they hold."""
        named = {key.replace("__", "."): value for key, value in changes.items()}
        answer = self.owner.ask("PATCH", "/api/settings", {"changes": named})
        assert answer.status == 200, answer.body
        wait_for(self._logs_in, "the box with its new settings")

    def into_a_song(self) -> str:
        """Another song, well begun."""
        before = self.heard().get("songid")
        self.owner.post("/api/skip")
        wait_for(lambda: self.heard().get("songid") != before, "another song")
        wait_for(lambda: float(self.heard().get("elapsed", 0)) > 5, "the song to be well begun")
        return self.heard()["file"]

    def _plays(self, song: str) -> bool:
        heard = self.heard()
        return heard.get("file") == song and heard["state"] == "play"

    def goes_on(self, song: str) -> None:
        """Wait until the song has gone on for a while."""
        wait_for(
            lambda: self.heard().get("file") == song and self.heard()["state"] == "play", f"{song} to go on"
        )
        since = float(self.heard()["elapsed"])
        wait_for(lambda: float(self.heard().get("elapsed", 0)) > since + 1.5, f"{song} to be heard again")


def _noise(file: Path, seed: int) -> np.ndarray:
    """A song of which each moment is like no other."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sound = np.random.default_rng(seed).normal(0, 0.15, SONG_S * RATE_HZ).clip(-0.9, 0.9)
    soundfile.write(file, sound, RATE_HZ, subtype="PCM_16")
    return np.asarray(sound, np.float32)


def set_up(parlour: Parlour) -> str:
    core = parlour.core
    set_up_voice(core)
    token = parlour.owner.post("/api/tokens", {"name": "by hand"}).json["token"]
    begun = core.ask(FLOW, {"handler": "moodbox"})
    by_hand = {"url": f"{BOX}:{parlour.page}", "verify_ssl": True, "token": token}
    step = core.ask(f"{FLOW}/{begun['flow_id']}", by_hand)
    assert step["type"] == "create_entry", step
    begun = core.ask(FLOW, {"handler": "mpd"})
    where = {"host": BOX, "port": 6600, "password": MPD_PASSWORD}
    step = core.ask(f"{FLOW}/{begun['flow_id']}", where)
    assert step["type"] == "create_entry", step
    for platform in ("moodbox", "mpd"):
        wait_for(partial(_is_playing, core, platform), f"music in {platform}")
    return "both media players there, our integration and Home Assistant's own for MPD"


def _player(core: Core, platform: str) -> str:
    entities = core.say("config/entity_registry/list")
    ours = (each["entity_id"] for each in entities if each["platform"] == platform)
    return next((each for each in ours if each.startswith("media_player.")), "")


def _is_playing(core: Core, platform: str) -> bool:
    return core.state(_player(core, platform)) == "playing"


def ours(parlour: Parlour) -> str:
    _announced(parlour, "ours", MOST)
    return "through our integration: announced, and the song again"


def _announced(parlour: Parlour, message: str, most: int) -> None:
    song = parlour.into_a_song()
    speak(parlour.core, message, _player(parlour.core, "moodbox"))
    wait_for(partial(_is_announced, parlour), f"{message} to be announced")
    wait_for(lambda: not parlour.state()["announcing"], f"{message} to be over")
    parlour.goes_on(song)
    parlour.spoken.append(Spoken(message, song, most, fades=True))


def _is_announced(parlour: Parlour) -> bool:
    state = parlour.state()
    assert not state["announcement_failed"], state["announcement_failed"]
    return bool(state["announcing"])


def mpds(parlour: Parlour) -> str:
    core, player = parlour.core, _player(parlour.core, "mpd")
    core.do("media_player.volume_set", player, volume_level=1.0)
    wait_for(lambda: parlour.heard()["volume"] == str(MOST), "a volume that is no more than volume.max")
    _played(parlour, "mpds", MOST)
    return "through Home Assistant's MPD integration: played as a guest's, and the song again"


def _played(parlour: Parlour, message: str, most: int) -> None:
    song = parlour.into_a_song()
    speak(parlour.core, message, _player(parlour.core, "mpd"))
    wait_for(
        lambda: parlour.heard().get("file", "").startswith(f"http://{OTHER}:"), f"{message} to be played"
    )
    parlour.goes_on(song)
    parlour.spoken.append(Spoken(message, song, most, fades=False))


def quiet_hours(parlour: Parlour) -> str:
    now = datetime.now(UTC).astimezone()
    begin, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-2, 2))
    parlour.set(quiet__begin=begin, quiet__end=end, quiet__volume=QUIETEST)
    wait_for(lambda: parlour.heard()["volume"] == str(QUIETEST), "the volume of quiet hours")
    _announced(parlour, "night", QUIETEST)
    _played(parlour, "nightly", QUIETEST)
    parlour.set(quiet__effect="silence")
    wait_for(lambda: parlour.state()["quiet"] and parlour.heard()["state"] != "play", "silence")
    player = _player(parlour.core, "moodbox")
    # Home Assistant passes over what is unavailable, as the box was while it took its settings.
    wait_for(lambda: parlour.core.state(player) in ("idle", "off", "paused"), "silence in Home Assistant")
    with pytest.raises(urllib.error.HTTPError):
        speak(parlour.core, "never", player)
    return "in quiet hours no louder than they allow; in those of silence refused"


STEPS = (set_up, ours, mpds, quiet_hours)


def hear(spoken: Spoken, sound: np.ndarray, song: np.ndarray) -> str:
    """Listen to what MPD has played: how loud the message was, and where the song goes on."""
    levels = levels_db(sound, TONES[spoken.message])
    first, last = _longest(levels > QUIET_DB)
    length_s, loudest = (last - first) / 10, float(np.median(levels[first:last]))
    assert abs(length_s - LENGTH_S) < 0.5, f"{spoken.message} was heard for {length_s} s"
    allowed = LEVEL_DB + 20 * np.log10(mixer(spoken.most))
    assert abs(loudest - allowed) < 1, f"{spoken.message}: {loudest:.1f} dB, and {allowed:.1f} are allowed"
    before, after = (_place(sound, song, edge, way) for edge, way in ((first, -1), (last, 1)))
    lost_s = (after[1] - before[1]) / RATE_HZ - CHUNK / RATE_HZ
    assert abs(lost_s) < NEAR_S, f"{spoken.song} goes on {lost_s:+.3f} s from where it was"
    if spoken.fades:
        _fades(sound, before[0])
    gap_s = (after[0] - before[0] - CHUNK) / RATE_HZ - length_s
    at = f"{length_s:.1f} s at {loudest:.1f} dB, {gap_s:.1f} s of silence"
    return f"{spoken.message}: {at}; the song goes on {lost_s:+.3f} s from where it was"


def mixer(percent: int) -> float:
    """What MPD's software mixer makes of a volume."""
    return float((np.exp(percent / 25) - 1) / (np.exp(4) - 1))


def _longest(are: np.ndarray) -> tuple[int, int]:
    """The longest run of what is true: its first, and the one behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], are, [False]]).astype(int)))
    runs = edges.reshape(-1, 2)
    assert len(runs), "nothing of it was heard"
    begin, end = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(begin), int(end)


def _place(sound: np.ndarray, song: np.ndarray, block: int, way: int) -> tuple[int, int]:
    """Where the song is heard next to a block of what was recorded: its place there, and in the song."""
    size = 1 << (len(song) + CHUNK).bit_length()
    whole = np.fft.rfft(song, size)
    start = block * CHUNK - (CHUNK if way < 0 else 0)
    for step in range(100):
        at = start + way * step * CHUNK // 2
        chunk = sound[at : at + CHUNK]
        if len(chunk) < CHUNK or not chunk.any():
            continue
        match = np.fft.irfft(whole * np.conj(np.fft.rfft(chunk, size)), size)[: len(song) - CHUNK]
        best = int(np.argmax(match))
        there = song[best : best + CHUNK]
        if match[best] > LIKE * np.linalg.norm(chunk) * np.linalg.norm(there):
            return at, best
    raise AssertionError("the song is not heard there")


def _fades(sound: np.ndarray, end: int) -> None:
    """Fail where the music breaks off instead of fading."""
    blocks = sound[end + CHUNK - RATE_HZ : end + CHUNK].reshape(20, -1)
    levels = np.sqrt((blocks**2).mean(axis=1))
    between = (levels < 0.8 * levels[0]) & (levels > 0.05 * levels[0])
    assert between.sum() >= 2, f"the music does not fade: {np.round(levels, 4)}"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=Path("/"), help="where hass's file system begins")
    parser.add_argument("hass", nargs="+", help="the command that starts Home Assistant")
    options = parser.parse_args()
    began = time.monotonic()
    with ExitStack() as running:
        parlour = Parlour(running, options.hass, options.root)
        version = parlour.core.ask("config")["version"]
        try:
            for step in STEPS:
                print(f"ok: {step(parlour)}", flush=True)
            parlour.stop_box()
            parlour.mpd.stop()
            sound = parlour.ear.heard()
            for spoken in parlour.spoken:
                print(f"ok: {hear(spoken, sound, parlour.songs[spoken.song])}", flush=True)
            assert (levels_db(sound, TONES["never"]) > -50).mean() < 0.01, "heard in quiet hours of silence"
        except BaseException:
            print(parlour.core.log[-6000:], (parlour.folder / "box.log").read_text()[-3000:], flush=True)
            raise
    print(f"Home Assistant {version}, tts.speak: passed ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
