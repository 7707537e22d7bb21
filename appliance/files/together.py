"""Files that are one state: all of them are replaced, or none.

Each is whole by itself (`whole.py`); but a new password beside old tokens, or a mark without the settings
that it is about, is a state that nobody chose. So what was there before is kept in one file until the last of
them is replaced: an error puts it back at once, and after a power cut the next start does.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeAlias

from appliance.files.turns import turn
from appliance.files.whole import (
    drop,
    make_folder,
    mode_of,
    read_plain,
    remove,
    sync,
    take_place,
    write_half,
    write_whole,
)

MODE = 0o600
"""Rights of what is kept: there may be a password in it."""

log = logging.getLogger(__name__)


class Content(NamedTuple):
    """The content that a file is to get, and its mode."""

    content: bytes
    mode: int
    """The file's permission bits, from which the umask is taken."""


Files: TypeAlias = Mapping[Path, Content]


def kept(own: Path) -> Path:
    """Return the file that holds, while the owner's settings and others change, what was before."""
    return own.with_name(f"{own.name}.undo")


def replace_all(keep: Path, files: Files) -> None:
    """Replace all of these files, in their order, or none. keep: where what was before lies meanwhile.

    Raises OSError, which names the file; then everything is as it was.
    """
    with turn(keep):  # two who replace files keep what was before under the same name
        halves: dict[Path, Path] = {}
        try:
            # All onto the disk before any takes its place: on a full one nothing could be put back.
            for path, content in files.items():
                with _named(path):
                    make_folder(path.parent, 0o700)
                    halves[path] = write_half(path, *content)
            _replace(keep, Content(_packed(files), MODE), halves)
        finally:
            for half in halves.values():
                with suppress(OSError):
                    drop(half)
        with suppress(OSError):  # a power cut before this brings all of the old ones back
            sync(keep.parent)


def _replace(keep: Path, before: Content, halves: Mapping[Path, Path]) -> None:
    with _named(keep):
        make_folder(keep.parent, 0o700)
        write_whole(keep, *before)
    try:
        for path, half in halves.items():
            with _named(path):
                take_place(half, path.name)
        keep.unlink()  # from here on the new ones hold
    except OSError:
        _put_back(keep)
        raise


def undo(keep: Path) -> None:
    """Put back what was before, where `replace_all` was cut off; to be called before any of it is read."""
    if not keep.exists():
        return
    try:
        with turn(keep):
            if keep.exists():
                log.warning("%s: a change was cut off before its end; what was before it holds again", keep)
                _put_back(keep)
    except OSError as error:
        log.error("%s: what was before it cannot be put back: %s", keep, error)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _packed(files: Iterable[Path]) -> bytes:
    """Pack what the files hold; null where there is none. Raises OSError."""
    before: dict[str, tuple[str, int] | None] = {}
    for path in files:
        try:
            before[str(path)] = base64.b64encode(read_plain(path)).decode(), mode_of(path)
        except FileNotFoundError:
            before[str(path)] = None
    return json.dumps(before).encode()


def _put_back(keep: Path) -> None:
    """Put everything back that can be. What cannot be is told: tried later it might undo a later change."""
    try:
        before = json.loads(read_plain(keep))
        for path, was in before.items():
            try:
                _put(Path(path), was)
            except OSError as error:
                log.error("%s: cannot be put back as it was: %s", path, error)
    except (OSError, ValueError) as error:
        log.error("%s: cannot be read: %s", keep, error)
    with suppress(OSError):
        remove(keep)


def _put(path: Path, was: tuple[str, int] | None) -> None:
    if was is None:
        if path.exists():
            remove(path)
    else:
        write_whole(path, base64.b64decode(was[0]), was[1])
