"""The disk under the state: what is wrong with it is told at once, not at the next write."""

from __future__ import annotations

import os
from pathlib import Path

LEAST = 16 * 1024
"""Bytes that must be free: the state and its scratch file."""
UNMOUNTED = "its disk is not mounted any more"


class Disk:
    """For any thread but the loop: asking a disk that hangs, hangs."""

    def __init__(self, mark: Path) -> None:
        """mark: a file that lies there, and nowhere else."""
        self._mark = mark
        self._device = self._found()

    def is_another(self) -> bool:
        """Whether another disk lies there now than at the start, and without the mark."""
        now = self._found()
        self._device = self._device or now  # the folder was made later
        return now not in (None, self._device) and not self._mark.exists()

    def trouble(self) -> str | None:
        """Why nothing could be written now; None when it could."""
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
