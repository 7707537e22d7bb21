"""Keeps the course of the music: whose policy holds, and how far the path has come on which it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from appliance.brain import policy as policies
from appliance.brain.policy import Place
from appliance.brain.policy_of import Policies
from appliance.protocol.policies import Path, Policy

PASSING_S = 60.0
"""A mood lasts although another one is seen between for so long."""
SKIPS = 2
"""Songs of a path that are skipped in a row: whoever does so does not want to go there."""


class Aim(NamedTuple):
    """The goal of the next song on a path: mood, and place on the circumplex."""

    mood: str
    """Whose music it is."""
    place: Place
    """Where among it."""
    because: str
    """The end of a sentence for people."""


class Course:
    """Knows the policy for each mood, and the path that is gone."""

    def __init__(self, of: Policies, path: Path | None) -> None:
        """of: whose policy holds. path: as it was before."""
        self._of = of
        way = policies.again(path)
        self.path = way if way and way.policy is self.policy(way.mood) else None  # the settings may be others
        self._declined = ""
        """The mood from which somebody wants no path now."""
        self._skips = 0
        self._seen, self._since, self._seen_at = "", 0.0, 0.0
        """The mood that lasts, since when, and when it was seen last (monotonic)."""

    def watch(self, mood: str, now: float) -> None:
        """Note that a face shows this mood now (monotonic seconds)."""
        if mood != self._seen:
            if now - self._seen_at < PASSING_S:
                return
            self._seen, self._since = mood, now
        self._seen_at = now

    def policy(self, mood: str) -> Policy:
        """The policy for a mood that is seen."""
        return self._of.of(mood)

    @property
    def by_hand(self) -> Policy | None:
        """The policy that a hand chose for every mood of who listens; None where the settings' hold."""
        return self._of.by_hand

    @property
    def chosen(self) -> Mapping[str, Policy | None]:
        """The policy that each person chose by hand, for the memory."""
        return self._of.chosen

    @property
    def for_moods(self) -> Mapping[str, Policy]:
        """Mood -> the policy that a hand chose for it alone, of who listens."""
        return self._of.for_moods

    @property
    def chosen_for_moods(self) -> Mapping[str, Mapping[str, Policy]]:
        """Person -> mood -> policy: the same of everybody, for the memory."""
        return {person: dict(policies) for person, policies in self._of.of_moods.items() if policies}

    def choose(self, by_hand: Policy | None, person: str, mood: str, alone: str = "") -> bool:
        """Let a person's policy hold from now on (None: the settings'), beginning with the present mood.

        alone: the mood for which alone it is to hold; "" for every one. Returns whether that concerns who
        listens now.
        """
        before = self.by_hand, self.policy(mood)
        self._of.choose(by_hand, person, alone)
        is_elsewhere = person != self._of.person or alone not in ("", mood)
        if is_elsewhere and before == (self.by_hand, self.policy(mood)):
            return False
        self.path, self._declined = None, ""
        self.begin(mood)
        return True

    def serve(self, person: str, mood: str) -> None:
        """Let this person's policies hold; a path that they do not want from this mood ends."""
        before, self._of.person = self.policy(mood), person
        if self.policy(mood) is not before:
            self.path, self._declined = None, ""

    def begin(self, mood: str) -> bool:
        """Set out from a mood. Returns whether a path leads from it that was not gone until now."""
        if mood == self._declined or (self.path and self.path.mood == mood):
            return False
        self._declined, self._skips = "", 0
        self.path = policies.path(self.policy(mood), mood)
        return self.path is not None

    def end(self, mood: str = "") -> None:
        """Go no further. mood: from which none is to begin again while it lasts."""
        self.path, self._declined = None, mood or self._declined

    def keeps(self, mood: str) -> bool:
        """Whether the music stays as it is, though a face shows this mood."""
        if self.path and (policies.agrees(self.path, mood) or self._leads_on(self.path, mood)):
            return True
        lasts_s = self._seen_at - self._since if mood == self._seen else 0.0
        return not policies.follows(self.policy(mood), lasts_s)

    def _leads_on(self, way: Path, mood: str) -> bool:
        """Whether a face at rest would only be led once more to where the music is already."""
        return mood == policies.MIDDLE and self.policy(mood) is way.policy

    def has_arrived(self, mood: str) -> bool:
        """Whether a face that shows this mood has come where the music is, or rests at the path's end."""
        return self.path is not None and policies.has_arrived(self.path, mood)

    def aim(self, mood: str) -> Aim | None:
        """Aim the next song for a mood along the path; None where any song of the mood will do."""
        way = self.path
        if way is None or way.mood != mood:
            return None
        return Aim(policies.step(way), policies.target(way), _words(way))

    def note_played(self, uri: str) -> None:
        """Count a song that plays now; the same one that goes on, as after a restart, is the same step."""
        if self.path and uri != self.path.last:
            self.path = replace(self.path, played=min(self.path.played + 1, len(self.path.steps)), last=uri)

    def note_failed(self, uri: str) -> None:
        """Take a song back that played and failed."""
        if self.path and uri == self.path.last:
            self.go_back(1)

    def note_heard(self) -> None:
        """Note that a song was heard for long enough to be none that is skipped."""
        self._skips = 0

    def skip(self) -> None:
        """Have another song take this step; the second in a row ends the path."""
        self._skips += 1
        if self.path and self._skips >= SKIPS:
            self.end(self.path.mood)
        self.go_back(1)

    def go_back(self, steps: int) -> None:
        """Take so many steps back, because other songs are to take them."""
        if self.path:
            self.path = replace(self.path, played=max(0, self.path.played - steps), last="")


def _words(way: Path) -> str:
    """Say where on its way the next song is."""
    if way.is_through:
        return f"this is {policies.step(way)}, where the music has led"
    goal = "happy" if way.policy is Policy.LIFT else "calm"
    number = f"song {way.played + 1} of {len(way.steps)}"
    return f"this is {policies.step(way)}, {number} on the way to {goal}"
