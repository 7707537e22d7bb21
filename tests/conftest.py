"""What several test files share: music made by code, and real MPDs that play it into a null output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from appliance.demo.private_mpd import PrivateMpd
from appliance.protocol.emotions import EMOTIONS

if TYPE_CHECKING:
    from browsing import Household, Surfer

# A test says what is right, never how fast: a busy machine is no defect of ours.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# As in the box's unit. A fork waits for ever while another thread is in OpenBLAS, whose own threads it wants
# to end first; and it waits in C, where no time limit of a test reaches it.
is_told = os.environ.get("OPENBLAS_NUM_THREADS") == "1"  # as a process that a test has started
assert is_told or "numpy" not in sys.modules, "it has read how many threads it may have"
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

RATE = 8000
SONG_S = 30.0
"""Tests go near the end and wait for it there. Shorter songs end by themselves when a busy machine stands
still for seconds, as virtual ones do."""

ODD_NAMES = (
    "two words.flac",
    'it\'s "quoted".flac',
    "back\\slash.flac",
    "naïve Sørensen 山田.flac",
    "(brackets) and 'more'.flac",
    "#hash?&.flac",
)


def write_tone(
    path: Path,
    title: str | None = None,
    artist: str | None = None,
    hertz: float = 330.0,
    seconds: float = SONG_S,
) -> None:
    """Write a tone as FLAC."""
    import numpy as np
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", RATE, 1, format="FLAC") as file:
        if title:
            file.title = title
        if artist:
            file.artist = artist
            file.album = "Tones"
            file.genre = "Jazz" if artist.endswith("0") else "Folk"
        file.write(0.1 * np.sin(np.arange(int(RATE * seconds)) * 2 * np.pi * hertz / RATE))


@pytest.fixture(scope="session", autouse=True)
def _no_systemctl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A box under test that is told to power off must not take this machine with it."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "systemctl").write_text("#!/bin/sh\necho 'no systemctl in tests' >&2\nexit 1\n")
    (folder / "systemctl").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture(scope="session")
def music_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two songs for each mood, in a folder of its name; not to be changed."""
    music = tmp_path_factory.mktemp("music")
    for number, mood in enumerate(EMOTIONS):
        for song in range(2):
            write_tone(music / mood / f"{song}.flac", f"{mood} {song}", f"Artist {song}", 220.0 + 40 * number)
    return music


@pytest.fixture
def own_music(music_folder: Path, tmp_path: Path) -> Path:
    """A copy of `music_folder` to change at will."""
    return Path(shutil.copytree(music_folder, tmp_path / "music"))


@pytest.fixture
def mpd_server(music_folder: Path, tmp_path: Path) -> Iterator[PrivateMpd]:
    """A real MPD with `music_folder`, on a Unix socket, playing into nothing."""
    with PrivateMpd(tmp_path / "mpd", music_folder) as server:
        yield server


@pytest.fixture(scope="module")
def surfer() -> Iterator[Surfer]:
    """A browser."""
    import browsing  # Playwright is of the extra `test`

    with browsing.Surfer() as surfer:
        yield surfer


@pytest.fixture(scope="module")
def home(music_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A box without a password: this machine is let in."""
    import browsing

    folder = tmp_path_factory.mktemp("home")
    with browsing.Household(folder, Path(shutil.copytree(music_folder, folder / "music"))) as home:
        yield home
