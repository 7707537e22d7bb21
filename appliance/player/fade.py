"""Reckons the volume: as a listener means it, and as MPD is told at each step of a fade. Arithmetic only.

A fade multiplies the intended volume by a level between 0 and 1, so it is never louder than before, and
the intended volume is known at every step of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

STEP_S = 0.05
"""Between two steps of a fade: at two seconds in all, 2.5 percent points of a full volume."""


@dataclass(frozen=True)
class Fade:
    """Half of a fade: a straight line from one level to silence or back to full."""

    started_at: float
    """Monotonic seconds."""
    seconds: float
    """For a whole half, from 1 to 0 or back."""
    start: float = 1.0
    """Level at `started_at`."""
    rising: bool = False

    def level(self, now: float) -> float:
        """The factor for the volume at this moment of a fade, 0 to 1."""
        way = (now - self.started_at) / self.seconds if self.seconds > 0 else 1.0
        return min(1.0, max(0.0, self.start + (way if self.rising else -way)))

    def is_over(self, now: float) -> bool:
        """Whether the level has reached its end: 1 on the way up, 0 on the way down."""
        return self.level(now) == (1.0 if self.rising else 0.0)

    def turned(self, now: float, rising: bool) -> Fade:
        """The same fade going the other way, from where it is."""
        return replace(self, started_at=now, start=self.level(now), rising=rising)


class Volume:
    """Knows the volume that the listener wants, what MPD was told, and whether somebody else has changed it.

    All in percent. `see` what MPD says, write what is `due`, and say so to `wrote`.
    """

    def __init__(self, start: int | None, maximum: int) -> None:
        """start: intended from the beginning; None takes over what MPD has at first."""
        self.maximum = self._ceiling = maximum
        self.intended = None if start is None else self._limited(start)
        self.is_there = False
        """Whether the output had a mixer at the last look; PulseAudio's has one only while it plays."""
        self.level = 1.0
        """The step of a fade, 0 to 1."""
        self.instead: int | None = None
        """What an announcement is to be heard at, instead; None while there is none."""
        self._asked: int | None = None
        """What we have written last, until somebody else sets another volume."""
        self._answer: int | None = None
        """What MPD said last that its volume is: any other figure is somebody else's doing."""
        self._owed = True
        """Whether our volume is still to be written, so that MPD's is no wish: it may have begun anew."""

    def want(self, percent: int) -> None:
        """Take over a listener's wish; it is `due` from now on."""
        self.intended, self.instead = self._limited(percent), None  # who turns it means what is heard
        self._owed = True

    def limit(self, percent: int | None) -> None:
        """Let nothing be louder than this until told otherwise; None: than the maximum of the settings."""
        self.maximum = self._ceiling if percent is None else min(self._ceiling, percent)
        if self.intended is not None:
            self.intended, self._owed = self._limited(self.intended), True

    def insist(self) -> None:
        """Write the volume anew, for MPD may have forgotten it: what it says next is not taken over."""
        self._owed = True

    def see(self, percent: int | None) -> bool:
        """Take note of MPD's volume (None: no mixer). Returns whether somebody else has set it.

        A volume that we did not write is somebody's wish: it becomes the intended one, as far as the
        maximum allows, and a fade's level returns to 1.
        """
        self.is_there = percent is not None
        if percent is None:
            return False
        owed, self._owed = self._owed and self.intended is not None, False
        if percent == self._answer:
            return False
        self._asked, self._answer = None, percent
        if owed:
            return False
        self.intended, self.level, self.instead = self._limited(percent), 1.0, None
        return True

    def due(self) -> int | None:
        """The percent that must be written now, if any: ask after `see`, and then tell `wrote`."""
        wanted = None if self.intended is None else round(self.intended * self.level)
        if self.instead is not None:
            wanted = self._limited(self.instead)
        # A sound card with few steps answers 61 to 60 for ever: asking again would be a fight.
        return None if not self.is_there or wanted in (self._answer, self._asked) else wanted

    def wrote(self, asked: int, answer: int | None) -> None:
        """Note that MPD was told `asked`, and says now that its volume is `answer`."""
        self._asked, self._answer = asked, answer

    def _limited(self, percent: int) -> int:
        return min(self.maximum, max(0, percent))
