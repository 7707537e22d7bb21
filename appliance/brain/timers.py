"""Acts on the sleep timer, the alarm and quiet hours when they are due; `hours` says when they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from appliance.brain.course import Course
from appliance.brain.hours import Due, Hours
from appliance.brain.loudness import Loudness
from appliance.brain.presence import Presence
from appliance.brain.programme import Programme
from appliance.brain.settings import BrainSettings, QuietEffect
from appliance.brain.wish import Wish
from appliance.protocol.actions import Action
from appliance.protocol.messages import PlayState, Transition
from appliance.protocol.snapshot import Playing


class Timers:
    """Acts on what is due. Times are monotonic seconds, but for the clock's."""

    def __init__(
        self,
        settings: BrainSettings,
        wish: Wish,
        course: Course,
        programme: Programme,
        presence: Presence,
        hours: Hours,
        loudness: Loudness,
        switch_camera: Callable[[bool | None, float], list[Action]],
        is_woken: bool,
    ) -> None:
        """switch_camera: takes whether it is to be on, None for what a hand wants, and the time.

        is_woken: whether music played in the silence of quiet hours when we began, because a hand wanted it.
        """
        self._settings, self._wish, self._course, self._programme = settings, wish, course, programme
        self._presence, self._hours, self._loudness = presence, hours, loudness
        self._switch_camera, self._was_woken = switch_camera, is_woken

    def keep(self, now: float, clock: datetime | None, zone: str) -> list[Action]:
        """Do what is due by now; the times are as `Hours.due` has them."""
        due = self._hours.due(now, clock, zone)
        actions = [action for each in due for action in self._act_on(each, now)]
        self._was_woken = False
        return actions

    @property
    def is_woken(self) -> bool:
        """Whether music plays in the silence of quiet hours, because a hand wants it: for the memory."""
        is_on = self._programme.playing is Playing.MUSIC
        return self._was_woken or (self.is_silent_night() and is_on)

    def is_silent_night(self) -> bool:
        """Whether nothing may be heard: quiet hours, where the settings want silence of them."""
        return self._hours.is_quiet and self._settings.quiet_effect is QuietEffect.SILENCE

    def _act_on(self, due: Due, now: float) -> list[Action]:
        settings, programme = self._settings, self._programme
        is_on = programme.playing is Playing.MUSIC
        match due, settings.quiet_effect:
            case Due.ALARM, _:
                return self._ring(now)
            case Due.QUIET, QuietEffect.SILENCE if self._was_woken:
                return []  # they were on before we began anew, and somebody wanted music in them
            case (Due.SLEEP, _) | (Due.QUIET, QuietEffect.SILENCE):
                # Whoever is up at night for a glass of water must not start the music by being seen.
                self._presence.stay_silent()
                programme.stay_silent()
                return programme.pause(settings.sleep_fade_s) if is_on else []
            case Due.QUIET, QuietEffect.NO_CAMERA:
                return self._switch_camera(False, now)
            case Due.DAY, QuietEffect.NO_CAMERA:  # never opens a camera that a hand has closed meanwhile
                return self._switch_camera(None, now)
            case Due.QUIET, QuietEffect.CAP:
                return self._loudness.cap()
            case Due.DAY, QuietEffect.CAP:
                return self._loudness.lift()
        return []

    def _ring(self, now: float) -> list[Action]:
        """Ring the alarm, softly; where music plays as loud as that already, who hears it is awake."""
        settings, programme = self._settings, self._programme
        is_on = programme.playing is Playing.MUSIC and programme.heard.last.state is PlayState.PLAY
        self._hours.sleep_at = None
        self._presence.ring(now)
        programme.hand()
        if is_on and self._loudness.is_at(settings.alarm_volume):
            # Ours follow a guest's last song, whatever silence he found.
            return programme.turn() if programme.heard.is_guest else []
        self._course.end()
        programme.succession.playlist.end()
        because = f"Your alarm for {self._hours.alarm:%H:%M}"
        # No face cuts its rise short.
        self._wish.choose(settings.alarm_mood, now + settings.alarm_rise_s, because)
        start = programme.start(
            settings.alarm_mood,
            Transition.CUT,
            rise_s=settings.alarm_rise_s,
            because=because,
            over_guests=True,
        )
        # The volume comes after the start, which begins in silence: the song before is never made louder.
        return [*start, *self._loudness.wake(settings.alarm_volume)]
