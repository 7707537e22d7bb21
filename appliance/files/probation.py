"""Settings on trial: a change that may cut its sender off from the page holds for a minute, then is undone
unless he has come back to it.

Routers do the same. docs/decisions/probation.md has what went wrong before.

Beside the settings file stand, meanwhile, the file of before and a mark of who sent the new one.
"""

from __future__ import annotations

import logging
import stat
from contextlib import suppress
from pathlib import Path

from appliance.files.whole import remove, write_whole

VISIT_S = 60.0
"""Seconds in which somebody must come, counted from the start of the service with the new settings."""

MODE = 0o600
"""Rights of the mark, and of a file that is copied where there was none."""

TAKEN_BACK = "taken back"
"""What the mark says instead of the sender once the old file is back; the next start tells the page of it."""

log = logging.getLogger(__name__)


def before(own: Path) -> Path:
    """Return where the file of before the change is kept, also when the new one has come to stay."""
    return own.with_name(f"{own.name}.before")


def refused(own: Path) -> Path:
    """Return where a settings file is kept that was taken back."""
    return own.with_name(f"{own.name}.taken-back")


def mark(own: Path) -> Path:
    """Return the file that exists while a change waits to be confirmed; it says who sent the change."""
    return own.with_name(f"{own.name}.unconfirmed")


def begin(own: Path, sent_by: str) -> None:
    """Keep the owner's file and note who is about to replace it; to be called before that.

    sent_by: session, token or local, as the page's guard has it. Raises OSError.
    """
    if _marked(own) in (None, TAKEN_BACK):  # of two changes in a row the first one's "before" is the good one
        _copy(own, before(own))
    write_whole(mark(own), sent_by.encode(), MODE)


class Probation:
    """The trial, if there is one, of the settings that this process began with."""

    def __init__(self, own: Path | None, now: float) -> None:
        """now: monotonic seconds."""
        self._own, self._until = own, now + VISIT_S
        self._sent_by = _marked(own) if own is not None else None
        self.told: str | None = None
        """Says for the page that the last change was taken back; None otherwise."""
        if own is not None and self._sent_by == TAKEN_BACK:
            self._sent_by, self.told = None, _taken_back(own)
            with suppress(OSError):
                remove(mark(own))

    def visited(self, by: str) -> None:
        """End the trial if this kind of visitor (session, token, local) sent the change. For any thread."""
        # Only the same kind counts: a script that polls with its token is not the owner who changed the page.
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
    """Return who sent the settings that wait for a visit; None when none wait."""
    with suppress(OSError, UnicodeError):
        return mark(own).read_text(encoding="utf-8")
    return None


def _taken_back(own: Path) -> str:
    return (
        f"{own}: nobody came back to the page within {VISIT_S:g} s of its change; "
        f"the settings of before hold again, the others are kept as {refused(own).name}"
    )


def _copy(source: Path, target: Path) -> None:
    """Copy a file in one step, with its rights. A source that is not there counts as an empty file."""
    try:
        content, mode = source.read_bytes(), stat.S_IMODE(source.stat().st_mode)
    except FileNotFoundError:
        content, mode = b"", MODE
    write_whole(target, content, mode)
