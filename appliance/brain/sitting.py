"""Thirty seconds in which somebody looks into the camera at rest. What is measured is the person's alone.

It is the face as the network reads it, before anything is taken off. The middle of all looks counts, so that
a blink or a twitch does not; a face that did not rest is refused, for half a grin would be taken for rest.
"""

from __future__ import annotations

from statistics import median, quantiles

from appliance.protocol.looks import CameraGone, Look, Reading
from appliance.protocol.rest import Margins, Measuring, Unmeasured, margins

SITTING_S = 30.0
"""Seconds of looking that make a measurement."""
LONGEST_S = 90.0
"""Within so many they must have come together."""
GONE_S = 5.0
"""A face that is away for so long may come back as another one."""
LOOK_S = 1.0
"""A look counts for the time since the one before, but for no more than this."""
UNREST = 4.0
"""Nats by which the margin of an emotion may differ between the lowest and the highest tenth of the looks."""
RANGE = 6.0
"""Margins beyond this, 400 to 1, are all the same when unrest is judged."""


class Sitting:
    """One measurement, from its beginning. Times are monotonic seconds."""

    def __init__(self, person: str, now: float) -> None:
        self.person = person
        self.failed: Unmeasured | None = None
        """Why it came to nothing; None while it has not."""
        self._began = self._seen_at = self._looked_at = now
        self._seen_s = 0.0
        self._waits_for = "face"
        self._looks: list[Margins] = []

    def see(self, look: Look) -> None:
        """Take one look into account, as the network gave it."""
        match look:
            case CameraGone():
                self.failed = Unmeasured.LOST
            case Reading(faces=faces) if faces > 1:
                self._waits_for, self._seen_at = "alone", look.taken_at
            case Reading():
                if self._waits_for == "":
                    self._seen_s += min(look.taken_at - self._looked_at, LOOK_S)
                self._waits_for, self._seen_at, self._looked_at = "", look.taken_at, look.taken_at
                self._looks.append(margins(look.probabilities))
            case _:
                self._waits_for = "face"

    def pass_time(self, now: float) -> None:
        """Let time pass: a face that stays away, or too few looks, end it."""
        if self.failed or self.is_done:
            return
        if now - self._seen_at >= GONE_S * (1 if self._looks else 2):
            self.failed = Unmeasured.AWAY
        elif now - self._began >= LONGEST_S:
            self.failed = Unmeasured.FEW

    @property
    def is_done(self) -> bool:
        """Whether there were enough looks; `result` says what they amount to."""
        return self._seen_s >= SITTING_S

    def result(self) -> Margins | None:
        """How the face rests; None, and `failed` says so, where it did not rest."""
        by_emotion = [*zip(*self._looks, strict=True)]
        if any(_spread(values) > UNREST for values in by_emotion):
            self.failed = Unmeasured.RESTLESS
            return None
        return tuple(median(values) for values in by_emotion)

    @property
    def progress(self) -> Measuring:
        """How far it is."""
        seen_s = min(self._seen_s, SITTING_S)
        return Measuring(self.person, seen_s / SITTING_S, SITTING_S - seen_s, self._waits_for)


def _spread(values: tuple[float, ...]) -> float:
    """From the lowest to the highest tenth."""
    tenths = quantiles([min(RANGE, max(-RANGE, value)) for value in values], n=10)
    return tenths[-1] - tenths[0]
