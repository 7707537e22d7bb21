"""Keeps what was played in a file that grows by a line a song, so that its cost does not grow with the past.

In the state's file the whole past was written with every position: 12 GB a day with 10,000 songs played.

A line is JSON: `["sad", "sad/a.flac"]`, the mood's round has played this; `["sad"]`, a new round begins. What
a power cut has torn is passed over, and the file written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from appliance.files.foreign import is_blank
from appliance.files.whole import write_whole
from appliance.protocol.emotions import EMOTIONS

MOODS = frozenset({"", *EMOTIONS})
"""With "" for the whole library."""
MODE = 0o640
"""Of the state's files: nobody but the box and its group reads what somebody heard."""
LONGEST_NAME = 1 << 16
"""Characters."""
SPARE = 500
"""Lines of songs that count no more, beyond which the file is written anew."""

Played: TypeAlias = Mapping[str, tuple[str, ...]]


def rounds_file(state: Path) -> Path:
    """Where it is kept what was played, beside the state's file."""
    return state.with_name(state.name + ".played")


def is_rounds(content: bytes) -> bool:
    """Whether this is the content of such a file, however damaged."""
    return is_blank(content[:64]) or content.startswith(b'["')


def is_name(text: str) -> bool:
    """Whether this could be MPD's name of a song."""
    return 0 < len(text) <= LONGEST_NAME and not {"\n", "\0"} & {*text} and _is_text(text)


def rounds(state: Path) -> Played:
    """Read what was played, as far as it can be read."""
    return Rounds(state).played


class Rounds:
    """Writes the file of what was played, and knows what stands in it. For one thread."""

    def __init__(self, state: Path) -> None:
        self._path = rounds_file(state)
        self.played: Played = {}
        self._lines = 0
        self._is_whole = False
        """Whether the next line may follow what is there."""
        try:
            text = self._path.read_bytes()
        except OSError:
            return
        lines = text.split(b"\n")
        self._take(lines)
        self._is_whole = text.endswith(b"\n") and self._lines == len(lines) - 1

    def keep(self, played: Played) -> None:
        """Have the file say this, with as few lines as it takes. Raises OSError."""
        news = [*_news(self.played, played)] if self._is_whole else []
        if self._is_whole and not news:
            return
        live = sum(map(len, played.values()))
        if self._is_whole and self._lines + len(news) <= 2 * live + SPARE:
            self._append(news)
        else:
            self._write(news := [*_news({}, played)])
            self._lines = 0
        self._lines += len(news)
        self.played = played

    def _append(self, lines: list[bytes]) -> None:
        # Until it is synced nothing may follow: a disk that is full takes half a line.
        self._is_whole = False
        with self._path.open("ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        self._is_whole = True

    def _write(self, lines: list[bytes]) -> None:
        write_whole(self._path, b"".join(lines), MODE)
        self._is_whole = True

    def _take(self, lines: list[bytes]) -> None:
        played: dict[str, list[str]] = {}
        for line in lines:
            match _said(line):
                case [str(mood)] if mood in MOODS:
                    played[mood] = []
                case [str(mood), str(uri)] if mood in MOODS and is_name(uri):
                    played.setdefault(mood, []).append(uri)
                case _:
                    continue
            self._lines += 1
        self.played = {mood: tuple(uris) for mood, uris in played.items() if uris}


def _said(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _news(before: Played, after: Played) -> Iterator[bytes]:
    for mood in before.keys() | after.keys():
        old, new = before.get(mood, ()), after.get(mood, ())
        if new[: len(old)] != old:
            yield json.dumps([mood]).encode() + b"\n"
            old = ()
        yield from (json.dumps([mood, uri]).encode() + b"\n" for uri in new[len(old) :])


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return True
