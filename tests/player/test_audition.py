"""What MPD plays is music, whatever its name and first bytes say: with a real one, and real files."""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import write_tone

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
