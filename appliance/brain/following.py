"""Changes the song when the mood asks for another: for a face only where nothing stands against it, for a
hand at once."""

from __future__ import annotations

from appliance.brain.course import Course
from appliance.brain.programme import Programme
from appliance.brain.settings import BrainSettings
from appliance.brain.watching import Watching
from appliance.brain.wish import Wish
from appliance.protocol.actions import Action
from appliance.protocol.messages import Transition
from appliance.protocol.policies import BY_MOOD, Policy
from appliance.protocol.snapshot import Playing


class Following:
    """Has the programme follow the wish, on the way that the policy leads. Times are monotonic seconds."""

    def __init__(
        self, settings: BrainSettings, wish: Wish, course: Course, programme: Programme, watching: Watching
    ) -> None:
        """All of these are the brain's own, which change beside it."""
        self._settings, self._wish, self._course = settings, wish, course
        self._programme, self._watching = programme, watching

    def follow(self, now: float) -> list[Action]:
        """Change the song when the mood asks for it, and nothing stands against it."""
        programme, course, by_hand = self._programme, self._course, self._wish.hand is not None
        course.watch(self._wish.face.name, now)
        mood = programme.wanted_mood()
        if mood == programme.asked_mood:
            is_seen = not by_hand and mood == self._wish.face.name
            return programme.turn() if is_seen and course.begin(mood) else []
        if not by_hand and course.has_arrived(mood):
            course.end()
            return programme.settle(mood)
        if programme.heard.is_guest:
            self._set_out(mood)
            return programme.follow_guest(mood)
        if programme.succession.is_playlist_on():  # a hand chose it: what follows it is to suit the face
            self._set_out(mood)
            return programme.settle(mood)
        # A face starts no music where it is paused or stopped, or fades out on its way there.
        if not programme.heard.is_ours_playing or programme.playing is not Playing.MUSIC:
            return []
        if programme.heard.elapsed_s(now) < self._settings.least_play_s:
            return []
        self._set_out(mood)
        # Only a song that a look led to keeps it: `decided_by` measures the way from a face to the song.
        return programme.start(mood, self._settings.transition, None if by_hand else self._watching.looked)

    def choose(self, mood: str, now: float) -> list[Action]:
        """Play the mood that a hand chose, for the time that the settings give it."""
        programme = self._programme
        self._wish.choose(mood, now + self._settings.hold_s)
        self._course.end()
        programme.succession.playlist.end()
        # The mood that plays is not cut; but where its music is borrowed, its own is tried again for a hand.
        is_same = mood == programme.asked_mood and programme.heard.is_ours_playing
        if is_same and not programme.has_better(mood):
            return []
        return programme.start(mood, Transition.CUT, over_guests=True)

    def choose_policy(self, policy: str, person: str, alone: str = "") -> list[Action]:
        """Let this policy hold for every mood of this person, beginning with the one whose music plays.

        alone: the mood for which alone.
        """
        mood = self._programme.asked_mood
        is_theirs = self._course.choose(None if policy == BY_MOOD else Policy(policy), person, mood, alone)
        return self._lead(mood) if is_theirs else []

    def serve(self, person: str) -> list[Action]:
        """Go by the policies of this person, who listens now."""
        mood = self._programme.asked_mood
        had_path = self._course.path is not None
        self._course.serve(person, mood)
        if self._wish.hand is None and mood == self._wish.face.name:
            self._course.begin(mood)
        return self._lead(mood) if had_path else self._programme.turn()

    def _lead(self, mood: str) -> list[Action]:
        """Go where the policy wants, which may have changed."""
        programme = self._programme
        # Off a path that has led elsewhere the mood's own music has its turn at once: a hand asks for it.
        is_elsewhere = self._course.path is None and programme.heard.is_ours_playing
        if is_elsewhere and programme.has_better(mood):
            return programme.start(mood, Transition.CUT)
        return programme.turn()

    def _set_out(self, mood: str) -> None:
        """Begin what the policy wants of a mood that is seen; one that a hand chose is simply played."""
        if self._wish.hand is None:
            self._course.begin(mood)
        else:
            self._course.end()
