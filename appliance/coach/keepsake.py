"""People's corrections, into a backup and back: nobody wants to put a thousand songs right twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from appliance.coach.placing import Correction
from appliance.coach.shelf import Shelf
from appliance.protocol.emotions import EMOTIONS

LARGEST = 7 * 1024 * 1024
"""Bytes of a keepsake: a backup takes 8 MB for each file."""
LONGEST_URI = 4096


def packed(shelf: Shelf) -> bytes:
    """All corrections, as JSON; of too many a part. Raises CoachUnable."""
    songs = [{"uri": uri, **asdict(said)} for uri, said in sorted(shelf.corrections().items())]
    while len(content := json.dumps({"moodbox_corrections": 1, "songs": songs}).encode()) > LARGEST:
        songs = songs[: len(songs) // 2]
    return content


def unpacked(content: bytes) -> dict[str, Correction]:
    """The corrections of a keepsake. Raises ValueError for what is none."""
    try:
        said = json.loads(content)
        if said["moodbox_corrections"] != 1:
            raise ValueError("another form")
        return dict(_correction(**song) for song in said["songs"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"no corrections of the box: {error!r}"[:200]) from error


def is_sound(content: bytes) -> bool:
    """Whether this is a keepsake of ours."""
    try:
        unpacked(content)
    except ValueError:
        return False
    return True


def put_back(path: Path) -> Path:
    """Where a backup's corrections lie until the box begins anew. path: of music.db."""
    return path.with_name(path.name + ".corrections.put-back")


def take_in(shelf: Shelf, path: Path) -> None:
    """Let what a backup has put back be what people said. Raises CoachUnable."""
    left = put_back(path)
    if left.exists():
        shelf.replace_corrections(unpacked(left.read_bytes()))
        left.unlink()


def _correction(uri: str, mood: str, valence: float, arousal: float) -> tuple[str, Correction]:
    is_song = isinstance(uri, str) and 0 < len(uri) <= LONGEST_URI and not {"\n", "\0"} & {*uri}
    axes = (valence, arousal)
    is_place = all(type(axis) in (int, float) and -1 <= axis <= 1 for axis in axes)
    if not (is_song and is_place and mood in EMOTIONS):
        raise ValueError("a correction that makes no sense")
    uri.encode()  # half a character is no song's name: a UnicodeEncodeError is a ValueError
    return uri, Correction(mood, float(valence), float(arousal))
