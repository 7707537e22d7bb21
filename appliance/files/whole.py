"""Whole files: every file that the box replaces is written here, and small texts are read here.

A power cut at any instant leaves the old file or the new one. What it leaves besides, half written, has a
name of `half_written`, which moodbox.service removes before the next start.

Only the standard library: MPD's configuration is written with it at boot.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from appliance.files.privileges import in_folder

LARGEST = 64 * 1024
"""Bytes that a text may have which is read here; default.toml with all its comments has 10,000."""
LONGEST_NAME = 255
"""Bytes of a file's name, as most file systems have it."""
LONGEST_SUFFIX = 9
"""Bytes of a suffix, with its dot, up to which a half-written file keeps it."""
HALF = ".*.????????.half*"
"""Pattern of the names that `half_written` gives; moodbox.service and tests/boot/vm.sh have it too."""
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
"""Flags that open no file that is there already: it may be a link, or half of what another process writes."""


def half_written(name: str) -> str:
    """Return a name for the file until it is whole: hidden, and another one each time.

    It keeps its suffix, by which MPD knows what kind of song it is.
    """
    suffix = Path(name).suffix
    mark = f".{secrets.token_hex(4)}.half{suffix if len(os.fsencode(suffix)) <= LONGEST_SUFFIX else ''}"
    return f".{os.fsencode(name)[: LONGEST_NAME - len(os.fsencode(mark)) - 1].decode(errors='ignore')}{mark}"


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write the file, or replace it, in one step. mode: its rights, less the umask. Raises OSError.

    What root writes belongs to whoever has the folder: the service must read it, and is not root.
    """
    with in_folder(path.parent) as folder, _half(folder, path.name, content, mode) as half:
        os.replace(half, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)  # or the rename itself may be lost


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file as `write_whole` does, but replace none. Raises OSError, FileExistsError among them."""
    with in_folder(path.parent) as folder, _half(folder, path.name, content, mode) as half:
        _give_name(folder, half, path.name)


def write_half(path: Path, content: bytes, mode: int) -> Path:
    """Write what the file is to hold under a half-written name beside it, onto the disk itself.

    Returns that name, for `take_place`. Raises OSError; then nothing of it stays.
    """
    with in_folder(path.parent) as folder:
        return path.with_name(_write_half(folder, path.name, content, mode))


def take_place(half: Path, name: str) -> None:
    """Let a file whose content is on the disk have that name, whatever had it; no room is needed for it.

    Raises OSError.
    """
    with in_folder(half.parent) as folder:
        os.replace(half.name, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def drop(half: Path) -> None:
    """Remove a half-written file, if it is still there. Raises OSError."""
    with in_folder(half.parent) as folder, suppress(FileNotFoundError):
        os.unlink(half.name, dir_fd=folder)


def give_name(half: Path, name: str) -> None:
    """Give a file whose content is on the disk its name; replaces none. Raises as `write_new`."""
    with in_folder(half.parent) as folder:
        _give_name(folder, half.name, name)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make the folder, and those missing above it, so that no power cut takes it from below a file.

    mode: its rights, less the umask. Raises OSError.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    with in_folder(path.parent) as parent:
        with suppress(FileExistsError):  # somebody else was quicker
            os.mkdir(path.name, mode, dir_fd=parent)
        os.fsync(parent)


def remove(path: Path) -> None:
    """Remove the file, if there is one, so that no power cut brings it back. Raises OSError."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def point(link: Path, target: str) -> None:
    """Make a symbolic link to the target, or turn the one that is there, in one step. Raises OSError."""
    half = link.with_name(half_written(link.name))
    half.symlink_to(target)
    half.replace(link)
    sync(link.parent)


def mode_of(path: Path) -> int:
    """Return the file's rights. Raises OSError."""
    return stat.S_IMODE(path.stat().st_mode)


def sweep(folder: Path) -> None:
    """Remove the half-written files in the folder, when nobody writes there now. Raises OSError."""
    for half in folder.glob(HALF):
        half.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Put the file's content, or the names in the folder, onto the disk itself. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_text(file: Path) -> str:
    """Read the text of a small file, UTF-8, and nothing but a plain file.

    Raises OSError, or ValueError when it is too large or no UTF-8.
    """
    content = read_plain(file, LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(too_large(file.name))
    return content.decode("utf-8-sig")  # Windows' editor begins it with a mark


def read_plain(file: Path, most: int = -1) -> bytes:
    """Read at most so many bytes of a plain file, by default all. Raises OSError."""
    # Not to wait for a pipe that somebody lays there: root's commands and the start of MPD wait for this.
    with open(file, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(file))
        return opened.read(most)


def too_large(name: str) -> str:
    """Return what is said of a text with more than `LARGEST` bytes."""
    return f"{name} is larger than {LARGEST // 1024} kB; no settings are: take out what is none"


def first_line(file: Path) -> str | None:
    """Read the first line of a password's file; None where it is empty. Raises as `read_text`."""
    lines = read_text(file).splitlines()
    return lines[0].strip() or None if lines else None


@contextmanager
def _half(folder: int, name: str, content: bytes, mode: int) -> Iterator[str]:
    """Write the content under a half-written name and give that; what still has it afterwards is removed."""
    half = _write_half(folder, name, content, mode)
    try:
        yield half
    finally:
        with suppress(FileNotFoundError):
            os.unlink(half, dir_fd=folder)


def _write_half(folder: int, name: str, content: bytes, mode: int) -> str:
    half = half_written(name)
    try:
        with os.fdopen(os.open(half, NEW, mode, dir_fd=folder), "wb") as file:
            file.write(content)
            file.flush()
            # Before the rename: else a power cut may leave the new name on an empty file.
            os.fsync(file.fileno())
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(half, dir_fd=folder)
        raise
    return half


def _give_name(folder: int, half: str, name: str) -> None:
    try:
        # A link, and no rename: of two songs that take one name at once, a rename would lose the first.
        os.link(half, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, as a stick's: the name is claimed first
        os.close(os.open(name, NEW, 0o644, dir_fd=folder))
        os.replace(half, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.fsync(folder)
