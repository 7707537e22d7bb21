"""Looks at the disk under the state, so that what is wrong with it is told at once, not at the next write.

On a box that is paused nothing is written, and a disk that is full or unmounted would never be told.
"""

from __future__ import annotations

import os
from pathlib import Path

FSTAB = Path("/etc/fstab")
LEAST = 16 * 1024
"""Bytes that must be free: the state and its scratch file."""
UNMOUNTED = "its disk is not mounted any more"


class Disk:
    """Tells whether the state's disk is there and has room. Not for the loop's thread: a disk may hang."""

    def __init__(self, mark: Path, fstab: Path = FSTAB) -> None:
        """mark: a file that lies there, and nowhere else. fstab: as fstab(5)."""
        self._mark, self._fstab = mark, fstab
        self._device = self._found()

    def is_missing(self) -> bool:
        """Whether a disk belongs there, by the system's own table, and is not mounted."""
        entries = map(str.split, _lines(self._fstab))
        places = {entry[1] for entry in entries if len(entry) > 1 and not entry[0].startswith("#")}
        expected = [folder for folder in self._mark.parents if str(folder) in places]
        return bool(expected) and not os.path.ismount(expected[0])

    def is_another(self) -> bool:
        """Whether another disk lies there now than at the start, one without the mark; or none that should.

        Else the folder beneath a disk that was unmounted would be written to in its place.
        """
        if self.is_missing():
            return True
        now = self._found()
        self._device = self._device or now  # the folder was made later
        return now not in (None, self._device) and not self._mark.exists()

    def trouble(self) -> str | None:
        """Say why nothing could be written now; None when it could."""
        if self.is_another():
            return UNMOUNTED
        try:
            room = os.statvfs(self._mark.parent)
        except OSError as error:
            return error.strerror
        if room.f_flag & os.ST_RDONLY:
            return "Read-only file system"
        has_room = room.f_bavail * room.f_frsize >= LEAST and (room.f_favail or not room.f_files)
        return None if has_room else "No space left on device"

    def _found(self) -> int | None:
        try:
            return self._mark.parent.stat().st_dev
        except OSError:
            return None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
