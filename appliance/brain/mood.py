"""Makes a mood of readings over time: smoothing, hysteresis (`enter`, `leave`), abstaining (`unsure`).

A look is one moment; a mood is what holds. Smoothing goes by time and not by frame count, so that a slow
board and a fast one feel alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import AWAY, UNSURE, CameraGone, Look, Mood, Nobody, Reading

LONGEST_GAP_S = 1.0
"""Looks further apart than this do not add up to a dwell by their time alone: nobody knows what the face did
in between. (A dwell is the time for which a new mood must hold.)"""
SLOWEST_GAP_S, SLOW_LOOKS = 10.0, 3
"""In the dark a camera takes seconds for a picture: so many looks that agree, none further apart and none
between them without a face, are a dwell."""

PRESENT_LOOKS, PRESENT_S = 3, 1.0
"""Somebody is there who was seen in so many looks more than missed, over so long: one look may be false."""


@dataclass(frozen=True)
class Reaction:
    """How readily a mood follows the face."""

    time_constant_s: float
    """Of the exponential smoothing: after this time a new expression weighs 63 %."""
    enter: float
    """A mood begins when its smoothed probability reaches this,"""
    leave: float
    """and ends when it falls below this."""
    dwell_s: float
    """A new mood must hold for so many seconds: a grimace or a glance away changes nothing."""


REACTIONS: Mapping[str, Reaction] = {
    "instant": Reaction(time_constant_s=0.0, enter=0.5, leave=0.35, dwell_s=0.0),
    "steady": Reaction(time_constant_s=0.8, enter=0.5, leave=0.35, dwell_s=1.0),
    "slow": Reaction(time_constant_s=10.0, enter=0.5, leave=0.35, dwell_s=15.0),
}


class Company:
    """Tells whether somebody is there. A single look is no proof, nor is a single miss."""

    def __init__(self) -> None:
        self._looks = 0
        """Looks more than misses, at most `PRESENT_LOOKS`: so many misses end even a long presence."""
        self._since = 0.0
        self.is_there = False

    def see(self, at: float) -> None:
        """Count a look that found a face. at: monotonic seconds."""
        if self._looks == 0:
            self._since = at
        self._looks = min(self._looks + 1, PRESENT_LOOKS)
        self.is_there |= self._looks == PRESENT_LOOKS and at - self._since >= PRESENT_S

    def miss(self) -> None:
        """Count a look that found none."""
        self._looks = max(self._looks - 1, 0)
        self.is_there &= self._looks > 0

    def leave(self) -> None:
        """Forget whoever was there: the camera is off or gone, or nobody was seen for long."""
        self._looks, self.is_there = 0, False


class MoodTracker:
    """Follows one listener's mood, look by look."""

    def __init__(self, reaction: Reaction, away_after_s: float, now: float) -> None:
        self._reaction = reaction
        self._away_after_s = away_after_s
        self._smoothed: tuple[float, ...] = ()
        self._read_at = now
        """When a face was last read."""
        self._alone_since: float | None = None
        self._candidate: str | None = None
        self._candidate_since = now
        self._candidate_looks = 0
        self._is_slow = self._was_missed = False
        self._company = Company()
        self.mood = Mood(UNSURE, since=now)

    @property
    def is_there(self) -> bool:
        """Whether somebody was seen for long enough to be there, and is."""
        return self._company.is_there

    def see(self, look: Look) -> Mood:
        """Take one look into account; looks come in the order of their times."""
        match look:
            case Reading():
                self._company.see(look.taken_at)
                self._read(look)
            case Nobody():
                self._company.miss()
                self._was_missed = True
                self._miss(look.taken_at)
            case CameraGone():
                self.forget(look.at)
        return self.mood

    def forget(self, at: float, name: str = UNSURE) -> None:
        """Forget the face, of which nothing is known any more; camera off and camera gone are not "away"."""
        self._smoothed = ()
        self._candidate = None
        self._alone_since = None
        self._company.leave()
        self.mood = Mood(name, self.mood.since if self.mood.name == name else at)

    def _read(self, reading: Reading) -> None:
        gap_s = reading.taken_at - self._read_at
        self._smoothed = self._smooth(reading.probabilities, gap_s)
        is_gap = gap_s > LONGEST_GAP_S
        # A slow camera's looks may add up to a dwell; but not where one without a face lies between them, or
        # where so much time does that another person may sit there now.
        if is_gap and (self._was_missed or gap_s > SLOWEST_GAP_S):
            self._candidate = None
        self._is_slow = is_gap
        self._was_missed = False
        self._read_at = reading.taken_at
        # Only a proven presence ends the count of an absence: one false look resets nothing.
        if self._company.is_there:
            self._alone_since = None
        elif self.mood.name == AWAY:
            return  # one false look must not end an absence: whoever is back is seen for longer than that
        self._settle(self._wanted(), reading.taken_at)

    def _smooth(self, new: tuple[float, ...], gap_s: float) -> tuple[float, ...]:
        tau = self._reaction.time_constant_s
        if not self._smoothed or tau <= 0:
            return new
        # By the time between the looks, so that ten a second and one a second forget equally fast.
        weight = 1.0 - math.exp(-max(gap_s, 0.0) / tau)
        return tuple(old + weight * (now - old) for old, now in zip(self._smoothed, new, strict=True))

    def _wanted(self) -> str:
        """The emotion that the smoothed probabilities speak for.

        A mood that holds needs less than one that begins: a face between the two thresholds makes no flicker.
        """
        likeliest = max(range(len(EMOTIONS)), key=self._smoothed.__getitem__)
        if self._smoothed[likeliest] >= self._reaction.enter:
            return EMOTIONS[likeliest]
        # Two thresholds: with one, a face that hovers there would change the song with each look.
        present = self.mood.name
        holds = present in EMOTIONS and self._smoothed[EMOTIONS.index(present)] >= self._reaction.leave
        return present if holds else UNSURE

    def _settle(self, wanted: str, at: float) -> None:
        if wanted != self._candidate:
            self._candidate, self._candidate_since, self._candidate_looks = wanted, at, 0
        self._candidate_looks += 1
        held_s = at - self._candidate_since
        has_held = held_s >= self._reaction.dwell_s
        # In the dark two looks may be seconds apart, and their times alone would make a dwell of one grimace.
        is_few = self._is_slow and self._candidate_looks < SLOW_LOOKS and self._reaction.dwell_s > 0
        changed = wanted != self.mood.name and has_held and not is_few
        name, since = (wanted, at) if changed else (self.mood.name, self.mood.since)
        self.mood = Mood(name, since, self._smoothed)

    def _miss(self, at: float) -> None:
        # The mood stays meanwhile: who bends down for a moment is not to find other music.
        if self._alone_since is None:
            self._alone_since = at
        elif self.mood.name != AWAY and at - self._alone_since >= self._away_after_s:
            self.forget(at, AWAY)
