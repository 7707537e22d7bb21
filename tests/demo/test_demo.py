"""`moodbox demo` as whoever tries it runs it: a terminal, a clock, Ctrl-C, and what it says of itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

PATIENCE_S = 300.0
"""The recording shows four emotions within fifteen seconds; this is for a machine that does much else."""


class Demo:
    """A demo in a process group of its own, as a terminal gives it one."""

    def __init__(self, folder: Path, *arguments: str, cache: Path | None = None) -> None:
        self.scratch = folder / "tmp"
        self.scratch.mkdir()
        environment = {**os.environ, "TMPDIR": str(self.scratch)}
        if cache:
            environment["MOODBOX_CACHE"] = str(cache)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "demo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            process_group=0,
        )
        self.said: list[str] = []

    def read_until(self, enough: Callable[[list[str]], bool]) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if enough(self.said):
                return

    def send(self, number: signal.Signals) -> None:
        """Ctrl-C goes to the whole group, as from a terminal; others to the demo alone."""
        if number is signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Its exit status, and what it wrote to stderr; `said` is whole then."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        self.said += out.splitlines()
        return self.process.returncode, err


@contextmanager
def running(folder: Path, *arguments: str, cache: Path | None = None) -> Iterator[Demo]:
    demo = Demo(folder, *arguments, cache=cache)
    watchdog = threading.Timer(PATIENCE_S, demo.process.kill)
    watchdog.start()
    try:
        yield demo
    finally:
        watchdog.cancel()
        demo.process.kill()
        demo.process.wait()


def played(said: list[str]) -> set[str]:
    """The moods of whose music a line tells that it plays because of a face."""
    return {line.rpartition(": ")[2] for line in said if " plays " in line and ": You look " in line}


def says(*parts: str) -> Callable[[list[str]], bool]:
    """Whether each part stands in some line by now."""
    return lambda said: all(any(part in line for line in said) for part in parts)


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_drawn_faces_lead_to_songs_of_at_least_four_moods_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with running(tmp_path, "--json") as demo:
        demo.read_until(lambda said: len(played(said)) >= 4)
        demo.send(signal.SIGINT)
        status, err = demo.end()
    assert status == 0, err
    outcome = json.loads(demo.said[-1])
    assert "Traceback" not in err
    assert outcome["errors"] == []
    assert len([mood for mood, seconds in outcome["moods"].items() if seconds > 0]) >= 4
    assert len(outcome["songs"]) >= 4
    assert all(song["uri"].startswith(f"{song['mood']}/") for song in outcome["songs"])
    assert set(outcome["stages_ms"]) == {"capture", "detect", "classify", "look to new song"}
    assert list(demo.scratch.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_after_a_changed_setting_its_own_song_is_not_taken_for_a_guests(tmp_path: Path) -> None:
    with running(tmp_path) as demo:
        demo.read_until(lambda said: bool(played(said)))
        (page,) = (line.removeprefix("The page: ") for line in demo.said if line.startswith("The page: "))
        asked = urllib.request.Request(f"{page}/api/restart", b"{}", {"Content-Type": "application/json"})
        urllib.request.urlopen(asked, timeout=PATIENCE_S).close()
        before = len(demo.said)
        demo.read_until(lambda said: bool(played(said[before:])))
        demo.send(signal.SIGINT)
        demo.end()
    assert not any("Somebody else" in line for line in demo.said)


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_where_no_face_is_seen_it_fails_though_music_played(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((480, 640, 3), 120, dtype=np.uint8))
    with running(tmp_path, "--camera", f"replay:{tmp_path / 'wall.png'}", "--json") as demo:
        demo.read_until(says(" plays ", " sees     nobody"))
        demo.send(signal.SIGINT)
        status, err = demo.end()
    assert status == 1, err
    outcome = json.loads(demo.said[-1])
    assert (outcome["songs"], outcome["errors"]) == ([], [])


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_without_its_camera_it_plays_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    with running(tmp_path, "--camera", f"replay:{tmp_path / 'gone.avi'}") as demo:
        demo.read_until(says(" plays ", "gone.avi: there is no such recording"))
        demo.send(signal.SIGTERM)
        status, err = demo.end()
    assert status == 1, err


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_time_that_is_given_ends_it(tmp_path: Path) -> None:
    with running(tmp_path, "--for", "0.1s") as demo:
        status, err = demo.end()
    assert status == 1, err
    assert any("troubles" in line for line in demo.said)


def test_a_camera_of_no_known_kind_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with running(tmp_path, "--camera", "webcam", cache=tmp_path / "cache") as demo:
        status, err = demo.end()
    assert status == 2
    assert "'webcam' is no camera; use auto, picamera2, v4l2:NUMBER or replay:PATH" in err
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_ended_while_it_sets_up_it_leaves_nothing_half_made(tmp_path: Path, by: signal.Signals) -> None:
    cache = tmp_path / "cache"
    with running(tmp_path, cache=cache) as demo:
        demo.read_until(lambda said: any("playing tune" in line for line in said))
        demo.send(by)
        status, err = demo.end()
    assert (status, err) == (130, "")
    assert list(cache.iterdir()) == []
