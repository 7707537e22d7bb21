"""The whole service: a real MPD, a drawn face as camera, the shipped network, the control socket."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from processes import started
from running import Running, settings_file
from waiting import PATIENCE_S, until

from appliance import config, state
from appliance.control import send
from appliance.demo.face.drawing import portrait
from appliance.demo.private_mpd import PrivateMpd
from appliance.errors import CommandRejected, NotRunning
from appliance.files.whole import HALF, sweep
from appliance.machine.upgrade import News
from appliance.protocol.commands import InstallUpdate, Like, SetVolume
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import Snapshot
from appliance.service.service import Service


@pytest.fixture
def happy_face(tmp_path: Path) -> str:
    """A camera that sees a happy listener, for ever."""
    cv2.imwrite(str(tmp_path / "happy.png"), portrait("happy"))
    return f"replay:{tmp_path / 'happy.png'}"


@pytest.fixture
def box(tmp_path: Path, mpd_server: PrivateMpd, happy_face: str) -> Iterator[Running]:
    running = Running(tmp_path, mpd_server, happy_face)
    yield running
    running.stop()


def test_a_happy_face_makes_mpd_play_happy_music(box: Running) -> None:
    song = until(lambda: box.heard().get("file", "").startswith("happy/") and box.heard())
    assert song["state"] == "play"
    until(lambda: box.status()["why"].startswith("You look happy"))
    assert box.status()["degraded"] == {}


def test_without_a_camera_it_plays_and_says_why_it_is_degraded(
    tmp_path: Path, mpd_server: PrivateMpd
) -> None:
    box = Running(tmp_path, mpd_server, "v4l2:63")
    until(lambda: "camera" in box.status()["degraded"])
    assert "/dev/video63" in box.status()["degraded"]["camera"]
    until(lambda: box.heard().get("file", "").startswith("neutral/"))
    until(lambda: box.heard()["state"] == "play")
    box.stop()


def test_without_a_model_it_plays_and_says_what_to_do(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    box = Running(tmp_path, mpd_server, happy_face, vision={"model": str(tmp_path / "gone.tflite")})
    reason = until(lambda: box.status()["degraded"].get("camera"))
    assert "gone.tflite" in reason
    until(lambda: box.heard()["state"] == "play")
    box.stop()


def test_commands_from_the_socket_reach_mpd(box: Running) -> None:
    until(lambda: box.heard()["state"] == "play")
    assert box.do("pause")["playing"] == "paused"
    assert box.heard()["state"] == "pause"
    assert box.do("toggle")["playing"] == "music"
    assert box.do("volume", percent=33)["volume"] == 33
    assert box.heard()["volume"] == "33"
    assert box.do("mood", mood="sad")["by_hand"] == "sad"
    assert box.heard()["file"].startswith("sad/")
    box.do("pause")  # or the song might end by itself just now
    before = box.heard()["file"]
    box.do("skip")
    assert box.heard()["file"] != before
    assert box.do("stop")["playing"] == "stopped"
    assert box.heard()["state"] == "stop"


def test_a_service_that_begins_anew_starts_nothing_and_gets_no_louder(
    mpd_server: PrivateMpd, tmp_path: Path, happy_face: str
) -> None:
    """An update, changed settings or a crash in the night: no power cut."""
    box = Running(tmp_path, mpd_server, happy_face, volume={"start": 40})
    until(lambda: box.heard()["state"] == "play")
    box.do("volume", percent=7)
    box.do("pause")
    box.stop()
    again = Running(tmp_path, mpd_server, happy_face, volume={"start": 40})
    until(lambda: again.status()["faces"])  # everything is open, and had its chance
    assert (again.status()["playing"], again.heard()["state"]) == ("paused", "pause")
    assert (again.status()["volume"], again.heard()["volume"]) == (7, "7")
    again.do("play")
    again.switch_off()
    switched_on = Running(tmp_path, mpd_server, happy_face, volume={"start": 40})
    until(lambda: switched_on.heard()["state"] == "play" and switched_on.heard()["volume"] == "40")
    switched_on.stop()


def test_songs_that_were_chosen_to_play_next_outlast_a_restart_and_each_plays_once(
    mpd_server: PrivateMpd, tmp_path: Path
) -> None:
    chosen = ["sad/0.flac", "angry/0.flac", "fear/0.flac"]
    box = Running(tmp_path, mpd_server, "v4l2:63")
    until(lambda: box.heard()["state"] == "play" and box.service.snapshot.degraded.get("music") is None)
    box.do("up-next", songs=chosen)
    box.stop()
    with contextlib.closing(mpd_server.client()) as phone:
        phone.next()  # or the song has ended meanwhile
    again = Running(tmp_path, mpd_server, "v4l2:63")
    until(lambda: [song["uri"] for song in again.status()["up_next"]] == chosen[1:])
    assert again.heard()["file"] == chosen[0]
    again.do("skip")
    until(lambda: again.heard()["file"] == chosen[1])
    again.stop()


@pytest.mark.parametrize(("resume", "playing"), [("play", "music"), ("paused", "paused"), ("fresh", "music")])
def test_switched_on_it_resumes_as_the_settings_say(
    mpd_server: PrivateMpd, tmp_path: Path, resume: str, playing: str
) -> None:
    """Phoniebox #1265, #951: some want music at once, some do not; #1113: nobody a start at full volume."""
    song = Song("sad/1.flac", "sad 1", "Artist 1", "", 30.0)
    memory = Memory(asked_mood="sad", song=song, song_mood="sad", elapsed_s=11.0, volume=12, boot="before")
    state.save(tmp_path / "state.json", memory)
    box = Running(tmp_path, mpd_server, "v4l2:63", music={"resume": resume}, volume={"start": -1, "max": 50})
    until(lambda: box.status()["volume"] == 12)
    assert box.status()["playing"] == playing
    if resume == "paused":
        assert box.heard()["state"] == "stop"
        box.do("toggle")
    heard = until(lambda: (now := box.heard())["state"] == "play" and now)
    if resume == "fresh":
        assert heard["file"].startswith("neutral/")
    else:
        began, first = time.monotonic(), float(heard["elapsed"])  # below 11 until MPD has sought
        heard = until(lambda: float((now := box.heard())["elapsed"]) >= 11.0 and now)
        was_sought = first >= 11.0 or 11.0 - first > time.monotonic() - began
        assert (heard["file"], was_sought) == (song.uri, True)
    box.stop()


def test_without_gpio_one_line_is_logged_and_everything_else_runs(
    mpd_server: PrivateMpd, tmp_path: Path, happy_face: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A PC. Its own GPIO chips, where it has any, are none of our business."""
    caplog.set_level("INFO", "appliance")
    box = Running(tmp_path, mpd_server, happy_face, gpio={"factory": "none"})
    until(lambda: box.status()["song_mood"] == "happy")
    assert box.status()["degraded"] == {}
    said = [record.getMessage() for record in caplog.records if "GPIO" in record.getMessage()]
    assert said == ["No GPIO here, or none wanted: the box has no buttons and no light"]
    box.stop()


def test_a_box_that_cannot_switch_itself_off_plays_on_and_says_so(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(lambda: box.heard()["state"] == "play")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "gone"))
    box.do("power-off")
    until(lambda: "cannot switch itself off" in box.status()["degraded"].get("power", ""))
    assert not box.service.snapshot.powering_off
    assert box.heard()["state"] == "play"


def test_mpd_killed_in_mid_song_and_started_again_plays_on_by_itself(box: Running) -> None:
    until(lambda: box.status()["song_mood"] == "happy")
    box.do("volume", percent=21)
    box.mpd.kill()
    until(lambda: "player" in box.status()["degraded"])
    box.mpd.start()
    again = until(lambda: box.heard()["state"] == "play" and box.heard())
    assert again["volume"] == "21"
    assert again["file"].startswith("happy/")
    until(lambda: box.status()["degraded"] == {})


def test_without_mpd_at_the_start_music_begins_when_it_comes(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    mpd_server.kill()
    box = Running(tmp_path, mpd_server, happy_face)
    until(lambda: "player" in box.status()["degraded"])
    mpd_server.start()
    until(lambda: box.heard()["state"] == "play")
    box.stop()


def test_stopping_leaves_no_thread_no_socket_and_the_music_on(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    threads, files = set(threading.enumerate()), len(os.listdir("/proc/self/fd"))
    box = Running(tmp_path, mpd_server, happy_face)
    until(lambda: box.status()["faces"] == 1)
    box.stop()
    until(lambda: set(threading.enumerate()) <= threads)
    assert not box.socket.exists()
    assert len(os.listdir("/proc/self/fd")) <= files
    assert box.heard()["state"] == "play"


def test_sigterm_ends_the_process_cleanly_and_its_log_names_no_emotion(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    settings = settings_file(tmp_path, mpd_server, happy_face)
    moodbox = [sys.executable, "-m", "appliance", "--config", str(settings)]
    with started([*moodbox, "run"], stderr=subprocess.PIPE, text=True) as process:
        until(lambda: _song_mood(tmp_path / "control") == "happy")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "happy" not in said
    assert "Traceback" not in said


def test_a_damaged_state_file_is_reported_and_the_box_starts_fresh(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    (tmp_path / "state.json").write_text('{"moodbox_state": 1, "half a fi')
    box = Running(tmp_path, mpd_server, happy_face)
    assert "kept as state.json.broken" in box.status()["degraded"]["state"]
    until(lambda: box.heard()["state"] == "play")
    box.stop()


def test_a_state_folder_that_goes_and_comes_back_is_told_and_heals(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    box = Running(tmp_path, mpd_server, happy_face, state={"file": str(tmp_path / "later" / "state.json")})
    until(lambda: "choices will not survive" in box.status()["degraded"].get("state", ""))
    (tmp_path / "later").mkdir()
    box.do("volume", percent=12)
    until(lambda: "state" not in box.status()["degraded"])
    box.stop()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_killed_twenty_times_at_random_it_always_comes_back_as_it_was(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    settings, control = settings_file(tmp_path, mpd_server, happy_face), tmp_path / "control"
    chance = random.Random(5)
    moodbox = [sys.executable, "-m", "appliance", "--config", str(settings), "run"]
    mood = None
    for kill in range(20):
        with started(moodbox, stderr=subprocess.DEVNULL) as process:
            box = until(partial(_status, control))
            assert "state" not in box["degraded"]
            assert box["by_hand"] == mood
            mood = EMOTIONS[kill % len(EMOTIONS)]
            send(control, {"command": "mood", "mood": mood})
            until(partial(_is_kept, tmp_path / "state.json", mood))
            if kill % 2:
                send(control, {"command": "volume", "percent": 20 + kill})
                _wait_for_a_write(tmp_path)
            else:
                time.sleep(chance.random())  # at any instant
            process.kill()
        sweep(tmp_path)
        memory, trouble = state.load(tmp_path / "state.json")
        assert trouble is None
        assert memory is not None
        assert memory.hand_mood == mood


def _wait_for_a_write(folder: Path) -> None:
    """Until one is under way, which takes milliseconds; or is over, where it could not be seen."""
    before, deadline = (folder / "state.json").stat(), time.monotonic() + 3.0
    while not any(folder.glob(HALF)) and time.monotonic() < deadline:
        now = (folder / "state.json").stat()
        if (now.st_ino, now.st_mtime_ns) != (before.st_ino, before.st_mtime_ns):
            return


def _is_kept(path: Path, mood: str) -> bool:
    memory, _ = state.load(path)
    return memory is not None and memory.hand_mood == mood


def _status(control: Path) -> dict[str, Any] | None:
    with contextlib.suppress(NotRunning):
        return send(control, {"command": "status"})
    return None


def _song_mood(control: Path) -> str | None:
    with contextlib.suppress(NotRunning):
        mood: str | None = send(control, {"command": "status"})["song_mood"]
        return mood
    return None


def test_who_likes_what_mpd_marks_nothing_of_is_told() -> None:
    service = Service(config.check({}, "test"))
    radio = Song("http://example.org/radio.mp3", "Radio")
    service._snapshot = replace(service.snapshot, song=radio, liked=None)
    for way in (service._entrance.ask, service._entrance.put):  # page and command line, buttons and MQTT
        with pytest.raises(CommandRejected, match="MPD keeps no likes for this song"):
            way(Like())
    service._snapshot = replace(service.snapshot, song=Song("happy/a.flac", "A"), liked=False)
    assert not service._entrance.ask(Like()).done()


def test_a_shortage_in_the_middle_of_a_turn_costs_nobody_an_answer(
    tmp_path: Path, mpd_server: PrivateMpd, happy_face: str
) -> None:
    short: list[str] = []

    def show(snapshot: Snapshot) -> None:
        if snapshot.volume == 33 and not short:
            short.append("memory")
            raise MemoryError

    box = Running(tmp_path, mpd_server, happy_face, shows=[show])
    try:
        until(lambda: box.status()["volume"])
        asked = box.service._entrance.ask(SetVolume(33))  # the socket's patience is shorter than ours
        assert asked.result(PATIENCE_S).volume == 33
        assert short
    finally:
        box.stop()


@pytest.mark.parametrize(
    ("known", "is_installed", "why"),
    [
        (News("99.0"), False, "only a box made by deploy/install.sh"),
        (News("99.0", is_going_on=True), True, "an update is going on"),
        (News("0.0.1"), True, "no newer release is known"),
        (News(), True, "no newer release is known"),
    ],
)
def test_an_update_that_would_come_to_nothing_is_refused_by_every_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: News, is_installed: bool, why: str
) -> None:
    if is_installed:
        monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    else:
        monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    service = Service(config.check({}, "test"), news=lambda: known)
    for way in (service._entrance.ask, service._entrance.put):
        with pytest.raises(CommandRejected, match=why):
            way(InstallUpdate())
    assert not (tmp_path / "install").exists()


def test_an_update_is_asked_for_by_a_file_and_by_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    service = Service(config.check({"state": {"file": "", "music": ""}}, "test"), news=lambda: News("99.0"))
    service._entrance.ask(InstallUpdate())
    service._turn(service._next_letter())
    assert (tmp_path / "install").read_bytes() == b""
