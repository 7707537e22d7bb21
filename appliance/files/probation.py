"""Settings that may cut their sender off from the page hold for a minute; then he has come back to it, or the
file of before is put back. So do routers.

Beside the settings file stand, meanwhile, the file of before and a mark of who sent the new one.
"""

from __future__ import annotations

import logging
import stat
from contextlib import suppress
from pathlib import Path

from appliance.files.whole import remove, write_whole

VISIT_S = 60.0
"""From the start of the service with the new settings on."""

MODE = 0o600
"""Of what had no rights before."""

TAKEN_BACK = "taken back"
"""Stands in the mark, in place of who sent it, for whoever begins next to tell."""

log = logging.getLogger(__name__)


def before(own: Path) -> Path:
    """Where the file of before is kept, also when the new one has come to stay."""
    return own.with_name(f"{own.name}.before")


def refused(own: Path) -> Path:
    """Where a file is kept that was taken back."""
    return own.with_name(f"{own.name}.taken-back")


def mark(own: Path) -> Path:
    return own.with_name(f"{own.name}.unconfirmed")


def begin(own: Path, sent_by: str) -> None:
    """The owner's file is about to be replaced. sent_by: as the page's guard has it. Raises OSError."""
    if _marked(own) in (None, TAKEN_BACK):  # of two changes in a row the first one's "before" is the good one
        _copy(own, before(own))
    write_whole(mark(own), sent_by.encode(), MODE)


class Probation:
    """Of the settings that this process began with."""

    def __init__(self, own: Path | None, now: float) -> None:
        """now: monotonic seconds."""
        self._own, self._until = own, now + VISIT_S
        self._sent_by = _marked(own) if own is not None else None
        self.told: str | None = None
        """That the settings which were sent last were taken back; for the page, until the box begins anew."""
        if own is not None and self._sent_by == TAKEN_BACK:
            self._sent_by, self.told = None, _taken_back(own)
            with suppress(OSError):
                remove(mark(own))

    def visited(self, by: str) -> None:
        """Somebody was let in to the page; any thread."""
        if self._own is not None and by == self._sent_by:
            self._sent_by = None
            with suppress(OSError):
                remove(mark(self._own))

    def take_back(self, now: float) -> bool:
        """Put the file of before back when the minute is over. Returns whether the box is to begin anew."""
        if self._own is None or self._sent_by is None or now < self._until:
            return False
        self._sent_by = None
        try:
            _copy(self._own, refused(self._own))
            _copy(before(self._own), self._own)
            write_whole(mark(self._own), TAKEN_BACK.encode(), MODE)
        except OSError as error:
            log.error("%s: nobody came back to the page, and it cannot be put back: %s", self._own, error)
            return False
        log.warning("%s", _taken_back(self._own))
        return True


def _marked(own: Path) -> str | None:
    """Who sent the settings that wait for a visit."""
    with suppress(OSError, UnicodeError):
        return mark(own).read_text(encoding="utf-8")
    return None


def _taken_back(own: Path) -> str:
    return (
        f"{own}: nobody came back to the page within {VISIT_S:g} s of its change; "
        f"the settings of before hold again, the others are kept as {refused(own).name}"
    )


def _copy(source: Path, target: Path) -> None:
    """In one step, with its rights. What is not there is an empty file."""
    try:
        content, mode = source.read_bytes(), stat.S_IMODE(source.stat().st_mode)
    except FileNotFoundError:
        content, mode = b"", MODE
    write_whole(target, content, mode)
