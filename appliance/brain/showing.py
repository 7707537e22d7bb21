"""The box as it is, for all who show it, and for the memory that survives a power cut.

Nothing is decided here. Whatever the brain knows only for people to see (what is wrong with each part, the
newest press) is kept here, too.
"""

from __future__ import annotations

from appliance.brain.audience import Audience
from appliance.brain.course import Course
from appliance.brain.face_at_rest import FaceAtRest
from appliance.brain.hours import Hours
from appliance.brain.loudness import Loudness
from appliance.brain.presence import Presence
from appliance.brain.programme import Programme
from appliance.brain.watching import Watching
from appliance.brain.wish import Wish
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Pressed
from appliance.protocol.snapshot import Snapshot
from appliance.protocol.taste import EVERYBODY

GUESTS = "Somebody else's songs play"
POWER_OFF_S = 60.0
"""Seconds in which the machine ends us, where it does switch itself off: each service has a quarter of it."""
STILL_ON = (
    "the machine was asked to switch itself off and still runs; try again, or `sudo poweroff`, before you "
    "pull its plug"
)


class Showing:
    """Makes `Snapshot` and `Memory` of the parts in which the brain keeps its state."""

    def __init__(
        self,
        wish: Wish,
        course: Course,
        programme: Programme,
        audience: Audience,
        presence: Presence,
        hours: Hours,
        loudness: Loudness,
        camera: Watching,
        rest: FaceAtRest,
    ) -> None:
        """All of these are the brain's own, which change beside it."""
        self._wish, self._course, self._programme, self._audience = wish, course, programme, audience
        self._presence, self._hours, self._loudness, self._camera = presence, hours, loudness, camera
        self._rest = rest
        self.pressed: Pressed | None = None
        """The newest press of a button."""
        self.announcement_failed = ""
        """As in `Snapshot`."""
        self.powering_off_since: float | None = None
        """When a hand wanted the machine off (monotonic); None once that came to nothing."""
        self._degraded: dict[str, str] = {}
        """Part -> what is wrong with it, and what to do."""

    def note(self, part: str, reason: str | None) -> None:
        """Remember why a part of the box is degraded, or (None) that it is not."""
        if reason is None:
            self._degraded.pop(part, None)
        else:
            self._degraded[part] = reason

    def power_off(self, now: float) -> None:
        """Note that the machine is to switch itself off, whatever came of it before."""
        self.note("power", None)
        self.powering_off_since = now

    def mind_power(self, now: float) -> None:
        """Tell of a machine that was to switch itself off, and still runs: who pulls its plug must know."""
        if self.powering_off_since is not None and now - self.powering_off_since >= POWER_OFF_S:
            self.powering_off_since = None
            self.note("power", STILL_ON)

    def snapshot(self, now: float) -> Snapshot:
        """Take a picture of the box as it is, for all who show it; `now` as given to `handle`."""
        heard, pick = self._programme.heard.last, self._programme.heard.last.pick
        seen = self._camera.reading
        return Snapshot(
            at=now,
            mood=self._wish.face,
            faces=seen.faces if seen else 0,
            box=seen.box if seen else None,
            playing=self._programme.playing,
            song=heard.song,
            song_id=heard.song_id,
            queue_version=heard.queue_version,
            liked=heard.liked,
            person=self._audience.person,
            persons=self._audience.persons,
            rest_known=self._rest.is_known(self._audience.person),
            rest=self._rest.measuring,
            rest_failed=self._rest.failed,
            folders=self._audience.folders,
            up_next=tuple(self._programme.succession.chosen),
            coming=self._programme.succession.coming(self._programme.asked_mood),
            playlist=self._programme.succession.playlist.name(pick),
            playlists=self._programme.succession.playlist.names,
            policy=self._course.policy(self._programme.asked_mood),
            policy_by_hand=self._course.by_hand,
            mood_policies=self._course.for_moods,
            path=self._course.path,
            song_mood=pick.mood if pick else "",
            why=pick.why if pick else GUESTS if self._programme.heard.is_guest else "",
            elapsed_s=self._programme.heard.elapsed_s(now),
            volume=heard.volume,
            by_hand=self._wish.hand,
            hand_until=self._wish.hand_until if self._wish.hand else None,
            guest=self._programme.heard.is_guest,
            guest_waits=heard.guest_waits and not self._programme.heard.is_guest,
            modes=heard.modes,
            camera=self._camera.state,
            is_sensor_open=self._camera.is_sensor_open,
            sleep_at=self._hours.sleep_at,
            alarm=self._hours.alarm,
            alarm_time=self._hours.alarm_time,
            quiet=self._hours.is_quiet,
            powering_off=self.powering_off_since is not None,
            announcing=heard.announcing,
            announcement_failed=self.announcement_failed,
            pressed=self.pressed,
            degraded=dict(self._degraded),
            decided_by=self._programme.decided_by,
            looked=self._camera.looked,
        )

    def memory(self, now: float) -> Memory:
        """Collect what must survive a power cut."""
        unfinished = self._programme.unfinished(now)
        sleep_s, quiet_s = self._hours.left(now)
        return Memory(
            playing=self._programme.playing,
            choose_s=self._programme.choose_s(now),
            asked_mood=self._programme.asked_mood,
            policy=self._course.chosen.get(EVERYBODY),
            policies={person: how for person, how in self._course.chosen.items() if person != EVERYBODY},
            mood_policies=self._course.chosen_for_moods,
            path=self._course.path,
            up_next=tuple(song.uri for song in self._programme.succession.chosen),
            coming=self._programme.succession.ordered,
            playlist=self._programme.succession.playlist.name(self._programme.heard.last.pick),
            playlist_left=tuple(song.uri for song in self._programme.succession.playlist.left),
            person=self._audience.person,
            folders=self._audience.folders,
            hand_mood=self._wish.hand,
            hand_s=max(0.0, self._wish.hand_until - now) if self._wish.hand else 0.0,
            song=unfinished.pick.song if unfinished else None,
            song_mood=unfinished.pick.mood if unfinished else "",
            elapsed_s=unfinished.start_s if unfinished else 0.0,
            volume=self._loudness.lasting,
            camera_on=self._camera.is_wanted,
            sleep_s=sleep_s,
            alarm=self._hours.alarm,
            alarm_time=self._hours.alarm_time,
            muted=self._loudness.muted,
            rang=self._hours.rang,
            quiet_s=quiet_s,
            is_absent=self._presence.is_paused,
            is_for_nobody=self._presence.is_by_hand,
            silence=self._programme.aside.silence,
            played=self._programme.played(),
        )
