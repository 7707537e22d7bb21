"""What MPD plays is music, whatever its name and first bytes say: with a real one, and real files."""

from __future__ import annotations

import shutil
import sys
import wave
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest
from conftest import write_tone

from appliance.errors import PlayerLost
from appliance.player.audition import plays


@pytest.fixture
def flac(tmp_path: Path) -> bytes:
    write_tone(tmp_path / "flac.flac")
    return (tmp_path / "flac.flac").read_bytes()


@pytest.fixture
def mp3(tmp_path: Path) -> bytes:
    return _sound(tmp_path / "sound.mp3", "MP3")


def _sound(path: Path, kind: str) -> bytes:
    import numpy as np
    import soundfile

    tone = 0.1 * np.sin(np.arange(2 * 44100) * 2 * np.pi * 330 / 44100)
    soundfile.write(path, tone, 44100, format=kind)
    return path.read_bytes()


ID3 = b"ID3\x03\0\0\0\0\x10\0" + bytes(2048)
APE = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
DISGUISES: Mapping[str, Callable[[bytes], bytes]] = {
    "an ID3 tag": lambda song: ID3 + song,
    "an APE tag": lambda song: APE + song,
    "zeros": lambda song: bytes(1024) + song,
    "a line break": lambda song: b"\n" + song,
}


@pytest.mark.parametrize("what", DISGUISES)
def test_an_mp3_is_a_song_whatever_stands_before_it(what: str, mp3: bytes, tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(DISGUISES[what](mp3))
    assert plays(song)


def test_a_flac_behind_an_id3_tag_is_a_song(flac: bytes, tmp_path: Path) -> None:
    song = tmp_path / ".upload-01.flac"
    song.write_bytes(ID3 + flac)
    assert plays(song)


@pytest.mark.parametrize("kind", ["RF64", "AIFF", "OGG", "AU", "CAF"])
def test_other_kinds_of_files_are_songs_where_mpd_plays_them(kind: str, tmp_path: Path) -> None:
    suffix = {"RF64": "wav"}.get(kind, kind.lower())
    _sound(tmp_path / f"song.{suffix}", kind)
    assert plays(tmp_path / f"song.{suffix}")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.m4a", b"\0\0\0\x18ftypheic" + bytes(2000)),
        ("text.flac", b"ID3 this is an mp3"),
        ("text.ac3", b"hello world\n" * 1000),
        ("zeros.mp3", bytes(100_000)),
        ("noise.aac", bytes(range(256)) * 400),
        ("script.mp3", b"#!/bin/sh\nrm -rf ~\n"),
        ("page.html", b"<script>alert(1)</script>"),
        ("empty.flac", b""),
        ("picture.mp3", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(3000)),
        ("no suffix", b"fLaC"),
    ],
)
def test_what_mpd_would_only_list_is_no_song(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert not plays(tmp_path / name)


def test_half_a_song_is_no_song(flac: bytes, tmp_path: Path) -> None:
    (tmp_path / "half.flac").write_bytes(flac[:200])
    assert not plays(tmp_path / "half.flac")


def test_a_wav_that_holds_nothing_is_no_song(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "silent.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
    assert not plays(tmp_path / "silent.wav")


# --- an MPD that dies, hangs, or says odd things -----------------------------------------------------------

# Beside the configuration that it is given. `OK` to all but what it is to answer.
ODD = """\
#!{python} -S
import os, resource, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(os.path.dirname(sys.argv[-1]) + "/socket")
server.listen()
near = server.accept()[0]
near.sendall({greeting} or sys.exit())
for line in near.makefile("rb"):
    command = line.split()[0].decode()
    with open(__file__ + ".limits", "w") as file:
        print(*[resource.getrlimit(each) for each in ({limits})], file=file)
    answer = {answers}.get(command, "OK")
    if not answer:
        signal.pause()
    near.sendall(answer.encode() + b"\\n")
"""
LIMITS = "resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_CORE"
HEARD = {"addid": "Id: 1\nOK", "status": "state: play\nelapsed: 0.400\nOK"}
"""What an MPD says that plays a song."""

Put: TypeAlias = Callable[[str], None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Puts a program into MPD's place."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(program: str) -> None:
        (tmp_path / "mpd").write_text(program)
        (tmp_path / "mpd").chmod(0o755)

    return put


def odd(answers: Mapping[str, str], greeting: bytes = b"OK MPD 0.24.0\n") -> str:
    return ODD.format(python=sys.executable, limits=LIMITS, answers=dict(answers), greeting=greeting)


def test_where_mpd_is_not_installed_the_remedy_is_told(put: Put, tmp_path: Path) -> None:
    with pytest.raises(PlayerLost, match="sudo apt install mpd"):
        plays(tmp_path / "song.flac")


@pytest.mark.parametrize("program", ["exit 1", f"exec {shutil.which('sleep')} 60"], ids=["dies", "hangs"])
def test_an_mpd_that_does_not_start_is_no_word_about_the_song(put: Put, tmp_path: Path, program: str) -> None:
    put(f"#!/bin/sh\n{program}\n")
    with pytest.raises(PlayerLost, match="does not start"):
        plays(tmp_path / "song.flac", patience_s=0.1)


def test_nor_is_one_that_dies_while_it_begins(put: Put, tmp_path: Path) -> None:
    put(odd(HEARD, greeting=b""))
    with pytest.raises(PlayerLost, match="does not start"):
        plays(tmp_path / "song.flac")


def plays_in_a_hurry(song: Path) -> bool:
    """Whether it does, without waiting for long; but a busy machine may need long to start the program."""
    for patience_s in (0.2, 1.0, 5.0):
        with suppress(PlayerLost):
            return plays(song, patience_s)
    return plays(song)


@pytest.mark.parametrize("silent_at", ["addid", "status"])
def test_a_song_that_makes_mpd_hang_is_no_song(put: Put, tmp_path: Path, silent_at: str) -> None:
    put(odd(HEARD | {silent_at: ""}))
    assert not plays_in_a_hurry(tmp_path / "song.flac")


@pytest.mark.parametrize(
    ("status", "is_song"),
    [
        ("state: play\nelapsed: 0.400", True),
        ("state: play\nelapsed: 0.399", False),  # and stays there
        ("state: play", False),  # it never begins
        ("state: stop\nelapsed: 0.400", True),  # a sound that short has ended meanwhile
        ("state: stop", False),
    ],
)
def test_a_song_is_one_once_it_was_heard_for_two_fifths_of_a_second(
    put: Put, tmp_path: Path, status: str, is_song: bool
) -> None:
    put(odd(HEARD | {"status": f"{status}\nOK"}))
    assert plays_in_a_hurry(tmp_path / "song.flac") is is_song


def test_who_tries_a_song_has_192_mb_and_a_minute_of_a_core_and_leaves_no_core_dump(
    put: Put, tmp_path: Path
) -> None:
    put(odd(HEARD))
    assert plays(tmp_path / "song.flac")
    limits = (tmp_path / "mpd.limits").read_text()
    assert limits == "(201326592, 201326592) (60, 60) (0, 0)\n"
