"""Settings on trial: a change that may cut its sender off from the page holds for a minute, then is undone
unless he has come back to it.

Routers do the same. docs/decisions/probation.md has what went wrong before.

Beside the settings file stand, meanwhile, the file of before and a mark of who sent the new one.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from appliance.files.together import Content, kept, replace_all
from appliance.files.turns import turn
from appliance.files.whole import mode_of, remove

VISIT_S = 60.0
"""Seconds in which somebody must come, counted from the start of the service with the new settings."""

MODE = 0o600
"""Rights of the mark, and of a file that is copied where there was none."""

BRIEFLY_S = 1.0
"""How long the service waits for somebody who changes the settings: its own thread feeds the watchdog."""

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


def trial(own: Path, sent_by: str) -> dict[Path, Content]:
    """Return what else is to be replaced together with settings that go on trial.

    sent_by: session, token or local, as the page's guard has it. Raises OSError.
    """
    marks = {mark(own): Content(sent_by.encode(), MODE)}
    if _marked(own) in (None, TAKEN_BACK):  # of two changes in a row the first one's "before" is the good one
        return {before(own): _content(own), **marks}
    return marks


class Probation:
    """The trial, if there is one, of the settings that this process began with."""

    def __init__(self, own: Path | None, now: float) -> None:
        """now: monotonic seconds."""
        self._own, self._until = own, now + VISIT_S
        self._sent_by = _marked(own) if own is not None else None
        self.told: str | None = None
        """Says for the page that the last change was taken back; None otherwise."""
        self._is_confirmed = False
        """Whether somebody came; then only the mark is still to be removed."""
        if own is not None and self._sent_by == TAKEN_BACK:
            self.told = _taken_back(own)
            self._confirm()

    def visited(self, by: str) -> None:
        """End the trial if this kind of visitor (session, token, local) sent the change. For any thread."""
        # Only the same kind counts: a script that polls with its token is not the owner who changed the page.
        if by == self._sent_by:
            self._confirm()

    def take_back(self, now: float) -> bool:
        """Put the file of before back when the minute is over. Returns whether the box is to begin anew.

        To be called again and again: what cannot be written now is written later.
        """
        if self._own is None or self._sent_by is None:
            return False
        if self._is_confirmed:
            self._confirm()
        elif now >= self._until:
            return self._put_back(self._own, now)
        return False

    def _confirm(self) -> None:
        self._is_confirmed = True  # the mark, left behind, would put the next start on trial again
        if self._own is None:
            return
        with suppress(OSError), turn(self._own, BRIEFLY_S):
            if self._sent_by is not None:  # else another visitor was quicker: the mark is a later change's
                remove(mark(self._own))
            self._sent_by = None

    def _put_back(self, own: Path, now: float) -> bool:
        try:
            with turn(own, BRIEFLY_S):
                if self._is_confirmed:  # somebody has just come, and may have changed more
                    return False
                taken_back = Content(TAKEN_BACK.encode(), MODE)
                files = {refused(own): _content(own), own: _content(before(own)), mark(own): taken_back}
                replace_all(kept(own), files)
        except OSError as error:
            self._until = now + VISIT_S
            log.error("%s: nobody came back to the page, and it cannot be put back: %s", own, error)
            return False
        self._sent_by = None
        log.warning("%s", _taken_back(own))
        return True


def _marked(own: Path) -> str | None:
    """Return who sent the settings that wait for a visit; None when none wait."""
    with suppress(OSError, UnicodeError):
        return mark(own).read_text(encoding="utf-8")
    return None


def _taken_back(own: Path) -> str:
    return (
        f"{own.name}: nobody came back to the page within {VISIT_S:g} s of its change; "
        f"the settings of before hold again, the others are kept as {refused(own).name}"
    )


def _content(file: Path) -> Content:
    """Return what the file holds, with its rights. One that is not there counts as empty. Raises OSError."""
    try:
        return Content(file.read_bytes(), mode_of(file))
    except FileNotFoundError:
        return Content(b"", MODE)
