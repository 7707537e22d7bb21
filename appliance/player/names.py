"""Finds songs by names as people, playlists and other systems write them; MPD itself compares bytes.

The same "ö" is one character from a keyboard (NFC) and two from a Mac's disk (NFD). Windows writes
backslashes, a drive's letter, a byte order mark, and any case. What is written as MPD has it always wins.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from unicodedata import normalize
from urllib.parse import unquote

DRIVE = re.compile(r"(?:^|/)[A-Za-z]:/")
"""Where a Windows path begins; MPD puts the playlist's own folder before it."""

QUOTED = r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
TERM = re.compile(rf"\(\s*\w+\s+(?:!=|!~|!contains|!starts_with|!eq_c[si])\s+{QUOTED}\s*\)")
"""A term of a filter that says what is not."""


def spelled(name: str) -> str:
    """Bring a name into one spelling: the same for every way to write the same letters."""
    return normalize("NFC", name)


def loose(name: str) -> str:
    """Bring a name into one spelling and one case."""
    return spelled(spelled(name).casefold())


def folder_of(wanted: str, uris: Iterable[str]) -> list[str]:
    """List the songs beneath a folder: as it is spelled, else in another case or with backslashes."""
    uris = list(uris)
    folder = spelled(wanted.strip("/"))
    if not folder:
        return uris
    found = [uri for uri in uris if spelled(uri).startswith(f"{folder}/")]
    if found:
        return found
    folder = loose(wanted.replace("\\", "/").strip("/"))
    return [uri for uri in uris if loose(uri).startswith(f"{folder}/")]


class Names:
    """Finds the songs that lines of a playlist mean."""

    def __init__(self, uris: Iterable[str]) -> None:
        self._by_end: dict[str, list[str]] = defaultdict(list)
        for uri in uris:
            self._by_end[loose(uri.rpartition("/")[2])].append(uri)

    def find(self, line: str) -> str | None:
        """MPD's name of the song; None where there is none, or more than one could be meant."""
        return next((found for path in _readings(line) if (found := self._at(path))), None)

    def _at(self, path: str) -> str | None:
        """The song at this path, else the only one whose path ends so."""
        meant = loose(path)
        near = [uri for uri in self._by_end.get(meant.rpartition("/")[2], ()) if _ends(loose(uri), meant)]
        whole = [uri for uri in near if loose(uri) == meant]
        exact = [uri for uri in whole if spelled(uri) == spelled(path)]
        return next(iter(exact or whole or (near if len(near) == 1 else ())), None)


def _ends(uri: str, path: str) -> bool:
    return uri == path or uri.endswith(f"/{path}")


def _readings(line: str) -> Iterator[str]:
    """Paths that a line may mean; those of another machine without ever more of their beginning."""
    text = line.replace("\ufeff", "").strip()
    if text.startswith("file://"):
        text = unquote(text.removeprefix("file://"))
    yield text.removeprefix("./")
    path, count = DRIVE.subn("\0", text.replace("\\", "/"))
    parts: list[str] = []
    for part in path.rpartition("\0")[2].split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    is_absolute = count or path.startswith("/")
    for start in range(len(parts) if is_absolute else 1):
        yield "/".join(parts[start:])


def filters(expression: str) -> tuple[list[str], bool]:
    """Write an MPD filter in every spelling of its words, for MPD compares bytes.

    Returns the filters, and whether a song must pass all of them: any one does, unless they negate it.
    """
    ways = dict.fromkeys((expression, normalize("NFC", expression), normalize("NFD", expression)))
    whole = dict.fromkeys(TERM.sub(_none_of, way) for way in ways)
    return list(whole), "(!" in expression.replace(" ", "")


def _none_of(term: re.Match[str]) -> str:
    """A term that says what is not, for every spelling at once: a song must not have it in any."""
    ways = dict.fromkeys(normalize(form, term[0]) for form in ("NFC", "NFD"))
    return term[0] if len(ways) == 1 else f"({' AND '.join(ways)})"
