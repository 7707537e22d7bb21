"""Decodes a song with the programs ffmpeg and ffprobe: at most three windows of 30 s, mono, 16 kHz.

A file is somebody else's, and so is read by a process of its own with little time and memory, only as sound
and only from the disk: a playlist or a text that is named like a song opens nothing else.
"""

from __future__ import annotations

import contextlib
import json
import math
import resource
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.errors import EarMissing, SongPassedOver, SongUnheard

RATE = 16_000
"""Samples a second."""

WINDOW_S = 30.0
PLACES = (0.2, 0.5, 0.8)
"""Middles of the three windows, as shares of the length: a song's beginning and end are often not like it."""

SHORTEST_S, LONGEST_S = 30.0, 900.0
"""Shorter is a jingle; longer is a broadcast, a book or a whole record."""

TIME_S = 60.0
"""Seconds for each run of a program. A window takes about a second on a Pi 3."""

MEMORY = 768 * 2**20
"""Bytes of address space that a program may ask for; ffmpeg maps some 300 MB, mostly libraries."""

FORMATS = (
    "aac,ac3,aiff,ape,asf,au,caf,dsf,eac3,flac,matroska,webm,mov,mp4,m4a,mp3,mpc,mpc8,mpegts,oga,ogg,tak,tta,"
    "voc,w64,wav,wv"
)
"""Demuxers that hold songs: none that follows names of other files or addresses, as playlists do."""

SILENCE = 1e-5
"""Peak of what counts as silence, of full scale: less than the last bit of a CD."""

INPUT = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)


PROTECTED = {"drms", "drmi", "enca", "encv", "aavd"}
"""Names of encrypted sound in MP4: FairPlay, Common Encryption, Audible."""


TAGS: Mapping[str, tuple[str, ...]] = {
    "artist": ("artist", "album_artist", "albumartist"),
    "genre": ("genre",),
    "mood": ("mood", "tmoo"),
    "comment": ("comment", "description"),
}
"""Tags that are read, and what ffprobe calls them in one format or another."""
LONGEST_TAG = 200
"""Characters of a tag that are kept: some hold a megabyte."""


@dataclass(frozen=True)
class Examined:
    """Length and tags of a song, as its file says."""

    length_s: float
    tags: dict[str, str]
    """Those of `TAGS` that it has, each in one line."""


def examine(path: Path) -> Examined:
    """Read the song's length and tags.

    Raises SongUnheard when the file has no sound that can be read, and EarMissing without ffprobe.
    """
    _is_there(path)
    shown = "format=duration:stream=codec_name,codec_tag_string,duration:format_tags:stream_tags"
    command = ["ffprobe", "-v", "error", *INPUT, "-select_streams", "a:0", "-show_entries", shown]
    answer = _run([*command, "-of", "json", f"file:{path}"], path)
    try:
        found = json.loads(answer)
        stream = found["streams"][0]
        length = float(stream.get("duration") or found["format"]["duration"])
    except (ValueError, KeyError, IndexError):
        raise SongUnheard(f"{path}: there is no sound in it, or none of a known length") from None
    if stream.get("codec_tag_string") in PROTECTED:
        raise SongUnheard(f"{path}: it is encrypted by who sold it (DRM)")
    return Examined(length, _tags(found.get("format", {}).get("tags", {}) | stream.get("tags", {})))


def _tags(raw: dict[str, str]) -> dict[str, str]:
    said = {name.lower(): " ".join(str(value)[:LONGEST_TAG].split()) for name, value in raw.items()}
    found = {name: next((said[way] for way in ways if said.get(way)), "") for name, ways in TAGS.items()}
    return {name: value for name, value in found.items() if value}


def _is_there(path: Path) -> None:
    """A pipe or a device that is named like a song would be waited for."""
    try:
        size = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise SongUnheard(f"{path}: {error.strerror}") from error
    if not size:
        raise SongUnheard(f"{path}: {'the file is empty' if size == 0 else 'there is no such file'}")


def check_length(path: Path, length: float) -> None:
    """Raises SongPassedOver when it is too short or too long for a song."""
    if not SHORTEST_S <= length <= LONGEST_S:
        bounds = f"songs of {SHORTEST_S:.0f} s to {LONGEST_S / 60:.0f} min are heard"
        raise SongPassedOver(f"{path}: it is {_spoken(length)} long; {bounds}")


def windows(path: Path, length: float) -> Iterator[np.ndarray]:
    """The windows of a song of that length, one after the other: float32, mostly -1 to 1.

    Some are left out when a file is cut, or its length was only guessed. Raises SongUnheard when none has
    sound, EarMissing without ffmpeg.
    """
    silent, given = False, 0
    for start, duration in starts(length):
        sound = _decoded(path, start, duration)
        if len(sound) < RATE or not np.isfinite(sound).all():
            continue
        if np.abs(sound).max() < SILENCE:
            silent = True
            continue
        given += 1
        yield sound
    if not given:
        raise SongUnheard(f"{path}: {'it is silent' if silent else 'there is no sound where it should be'}")


def starts(length: float) -> list[tuple[float, float]]:
    """Where each window begins, and how long it is, in seconds. What is short is heard whole."""
    if length <= WINDOW_S * len(PLACES):
        count = max(1, math.ceil(length / WINDOW_S))
        return [(number * length / count, length / count) for number in range(count)]
    return [(max(0.0, min(length * place - WINDOW_S / 2, length - WINDOW_S)), WINDOW_S) for place in PLACES]


def _decoded(path: Path, start: float, duration: float) -> np.ndarray:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", *INPUT, "-ss", f"{start:.3f}"]
    command += ["-i", f"file:{path}", "-map", "0:a:0", "-t", f"{duration:.3f}"]
    content = _run([*command, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "pipe:1"], path)
    return np.frombuffer(content[: len(content) // 4 * 4], "<f4")


def _run(command: list[str], path: Path) -> bytes:
    """Return what the program writes. Raises SongUnheard, with its words, or EarMissing."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise EarMissing(f"{command[0]}: {error.strerror}; sudo apt-get install ffmpeg") from error
    with process:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            out, said = process.communicate(timeout=TIME_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise SongUnheard(f"{path}: {command[0]} was not done with it in {TIME_S:.0f} s") from None
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise SongUnheard(f"{path}: {_reason(said, path) or f'{command[0]} ended with {process.returncode}'}")
    return out


NO_SOUND = ("Invalid data found", "Invalid argument")
"""What ffmpeg says of a file whose format it does not know, or that `FORMATS` leaves out."""


def _reason(said: bytes, path: Path) -> str:
    """Why a program refused the file, in one line without the file's name."""
    text = said.decode("utf-8", "replace").strip()
    if any(words in text for words in NO_SOUND):  # ffmpeg 7 goes on to tell of its threads
        return "this is no sound file, or a damaged one"
    return text.splitlines()[-1].replace(f"file:{path}: ", "")[:200] if text else ""


def _spoken(length: float) -> str:
    return f"{length:.0f} s" if length < 120 else f"{length / 60:.0f} min"
