"""Who has a device open, and whether the box's own user may."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.files.privileges import SERVICE_USER


@dataclass(frozen=True)
class Holder:
    """A process that has a device file open, and whether it is ours."""

    pid: int
    name: str
    is_ours: bool
    """Whether it is a Moodbox: this process, or its service."""

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


Holders = Callable[[Iterable[Path]], list[Holder]]
"""Who has any of these files open."""


def look_around(proc: Path = Path("/proc")) -> Holders:
    """Look at every process now, and answer later: root sees all of them, others only their own."""
    having = [(_holder(folder), set(_open_files(folder))) for folder in _processes(proc)]

    def holders(paths: Iterable[Path]) -> list[Holder]:
        wanted = {str(path.resolve()) for path in paths}
        return [holder for holder, files in having if wanted & files]

    return holders


def holders(paths: Iterable[Path], proc: Path = Path("/proc")) -> list[Holder]:
    """The processes that have any of these files open now."""
    return look_around(proc)(paths)


def _processes(proc: Path) -> list[Path]:
    return sorted((path for path in proc.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def _open_files(process: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):  # gone meanwhile, or not ours to look at
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(link)


def _holder(process: Path) -> Holder:
    words: list[str] = []
    with contextlib.suppress(OSError):
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    pid, name = int(process.name), Path(words[0]).name if words and words[0] else "a process"
    is_ours = pid == os.getpid() or any(_is_moodbox(words[at : at + 2]) for at in range(len(words)))
    return Holder(pid, "moodbox" if is_ours else name, is_ours)


def _is_moodbox(words: list[str]) -> bool:
    return words == ["-m", "appliance"] or Path(words[0]).name == "moodbox"


def may_use(path: Path, user: str | None = None) -> bool:
    """Whether a device or folder may be read and written.

    user: whose rights are asked for; None is whoever the box runs as: root asks for the box's own user.
    """
    name = user or service_user()
    if name is None:
        return os.access(path, os.R_OK | os.W_OK)
    owner, about = pwd.getpwnam(name), path.stat()
    if owner.pw_uid == about.st_uid:
        wanted = 0o600
    elif about.st_gid in os.getgrouplist(name, owner.pw_gid):
        wanted = 0o060
    else:
        wanted = 0o006
    return owner.pw_uid == 0 or about.st_mode & wanted == wanted


def service_user() -> str | None:
    """The box's own user, when it asks, or root and there is one; else None: whoever asks."""
    with contextlib.suppress(KeyError):
        user = pwd.getpwnam(SERVICE_USER)
        return user.pw_name if os.geteuid() in (0, user.pw_uid) else None
    return None


def group_of(path: Path) -> str:
    """The group that a device belongs to, by name."""
    with contextlib.suppress(OSError, KeyError):
        return grp.getgrgid(path.stat().st_gid).gr_name
    return "root"
