"""Turns events and state into actions. No clock, no thread, no I/O: `service` brings events and times, and
does what comes back.

What a plain command does is the table `rules.RULES`; when a mood changes the song is in `following`, and how
the music goes on after what MPD does in `continuity`. Ten other files keep their own state: `wish` (whose
word holds), `course` (whose policy holds, and where it leads), `programme` (what plays), `audience` (who
listens, and how), `presence` (whether anybody is there), `hours` (when timers are due), `loudness` (the
volume that is meant), `watching` (the camera), `face_at_rest` (what is taken off each look), `mpd_state`
(what MPD said last). `timers` acts on what is due, and `showing` makes of them what others see.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from appliance.brain.audience import Audience
from appliance.brain.continuity import Continuity
from appliance.brain.course import Course
from appliance.brain.face_at_rest import FaceAtRest
from appliance.brain.following import Following
from appliance.brain.hours import Hours
from appliance.brain.loudness import Loudness
from appliance.brain.mood import MoodTracker
from appliance.brain.music import Chooser
from appliance.brain.policy_of import Policies
from appliance.brain.presence import ABSENCE_FADE_S, RETURN_FADE_S, Presence
from appliance.brain.programme import Programme
from appliance.brain.rules import RULES
from appliance.brain.settings import BrainSettings
from appliance.brain.showing import Showing
from appliance.brain.tasting import Taste
from appliance.brain.timers import Timers
from appliance.brain.watching import Watching
from appliance.brain.wish import Wish
from appliance.protocol import actions as act
from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.actions import Action
from appliance.protocol.looks import AWAY, CameraGone, Look, Nobody, Reading
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Event
from appliance.protocol.rest import Margins
from appliance.protocol.snapshot import CameraState, Playing, Snapshot
from appliance.protocol.taste import EVERYBODY

PLAYED = cmd.PlaySong, cmd.PlayPlaylist
WISHES = (cmd.Play, cmd.Pause, cmd.Toggle, cmd.Skip, cmd.Previous, cmd.Stop, cmd.Guest, *PLAYED)
"""What says whether music is wanted now; others say something of a song, or of what is to come."""


class Brain:
    """Decides what the box does about each event, and says what it is like (`snapshot`, `memory`)."""

    def __init__(
        self,
        settings: BrainSettings,
        now: float,
        chance: random.Random | None = None,
        memory: Memory | None = None,
        taste: Taste | None = None,
        at_rest: Callable[[str], Margins | None] | None = None,
    ) -> None:
        """memory: what to go on with, as `memory` gave it. taste: what is known of who listens, or None.

        at_rest: how a person's face rests, as in `FaceAtRest`.
        """
        memory = memory or Memory()
        self._settings = settings
        tracker = MoodTracker(settings.reaction, settings.away_after_s, now)
        self._wish = Wish(tracker, memory.hand_mood, now + memory.hand_s)
        how = settings.is_rotation, settings.is_work_whole
        self._chooser = Chooser(chance or random.Random(), memory.played, taste, *how)
        self._audience = Audience(self._chooser, settings.persons, memory, now)
        chosen = {**memory.policies, EVERYBODY: memory.policy}
        own = settings.policies, settings.policies_of, chosen, self._audience.person, memory.mood_policies
        self._course = Course(Policies(*own), memory.path)
        self._programme = Programme(
            self._wish, self._chooser, self._course, settings.start_mood, settings.go_back_s, memory
        )
        self._continuity = Continuity(self._programme, self._chooser, self._course)
        if memory.choose_s is not None:
            self._programme.choose_until = now + memory.choose_s
        self._hours = Hours(settings.quiet_hours, settings.alarm_days, memory, now)
        self._presence = Presence(settings.pause_when_away_s, memory.is_absent, memory.is_for_nobody)
        self._waited_before = False
        """Whether the music waited for somebody to come back when a guest began to play."""
        self._loudness = Loudness(self._programme.heard, settings.quiet_volume, memory.volume, memory.muted)
        self._camera = Watching(memory.camera_on, now)
        led = self._wish, self._course, self._programme
        self._following = Following(settings, *led, self._camera)
        self._rest = FaceAtRest(at_rest)
        kept = self._presence, self._hours, self._loudness
        self._timers = Timers(settings, *led, *kept, self._switch_camera, memory.is_woken)
        self._showing = Showing(*led, self._audience, *kept, self._camera, self._rest)

    def handle(self, event: Event, now: float) -> list[Action]:
        """Say what is to be done about the event. now: monotonic seconds; it never goes back."""
        self._wish.expire(now)
        self._chooser.now = now
        self._audience.pass_time(self._programme.heard, self._is_seen(), now)
        actions = self._react(event, now)
        self._rest.pass_time(self._audience.person, self._camera.is_off, now)
        if self._audience.has_to_give_way(self._programme.heard):
            actions = [*actions, *self._programme.give_way()]
        return [*actions, *self._audience.follow(self._programme.heard, self._is_seen())]

    def _react(self, event: Event, now: float) -> list[Action]:
        match event:
            case Reading() | Nobody() | CameraGone():
                return self._look(event, now)
            case cmd.Command():
                return self._obey(event, now)
            case msg.PlayerChanged():
                return self._hear(event, now)
            case msg.LibraryChanged():
                actions = self._continuity.stock(event)
                self._showing.note("music", self._continuity.what_is_missing())
                return actions
            case msg.Tick(clock, zone):
                self._audience.note_clock(clock)
                self._showing.mind_power(now)
                self._mind_sensor(now)
                actions = self._continuity.mind(now)
                self._showing.note("music", self._continuity.what_is_missing())
                timed = self._timers.keep(now, clock, zone)
                self._showing.note("clock", self._hours.trouble(now))
                return [*actions, *timed, *self._mind_absence(now), *self._following.follow(now)]
            case msg.SensorChanged(is_open):
                self._camera.count(is_open)
                self._mind_sensor(now)
            case msg.PlayerGone(reason):
                self._programme.heard.lose(now)
                self._showing.note("player", reason)
            case msg.AnnouncementReady(uri, percent):
                return [] if self._timers.is_silent_night() else [act.Speak(uri, percent)]
            case msg.AnnouncementEnded(uri, failed):
                self._showing.announcement_failed = failed or ""
                return [act.ForgetAnnouncement(uri)] if uri else []
            case msg.PartChanged(part, reason):
                self._showing.note(part, reason)
                if part == "power":  # this "part" says that it could not switch the machine off
                    self._showing.powering_off_since = None
            case msg.Pressed():
                self._showing.pressed = event
        return []

    # --- the face ------------------------------------------------------------------------------------------

    def _look(self, look: Look, now: float) -> list[Action]:
        if self._camera.is_off:
            return []  # a last look that was on its way when the camera was switched off
        measured = self._rest.see(look)
        look = self._rest.without(look, self._audience.person)
        self._showing.note("camera", self._camera.see(look))
        self._wish.see(look)
        return [*measured, *self._mind_absence(now), *self._following.follow(now)]

    def _is_seen(self) -> bool | None:
        """Whether the camera sees somebody; None where none looks."""
        return self._wish.face.name != AWAY if self._camera.state is CameraState.ON else None

    def _mind_absence(self, now: float) -> list[Action]:
        """Pause the music when nobody was there for long, where that is wanted; resume it for who is back."""
        programme, presence = self._programme, self._presence
        if programme.heard.last.announcing:  # it is heard to its end, whoever comes or goes
            return []
        if self._wish.is_somebody_there:
            waited = presence.is_over() and programme.playing is Playing.PAUSED
            return programme.resume(RETURN_FADE_S) if waited else []
        is_on = programme.heard.is_ours_playing and programme.playing is Playing.MUSIC
        if not is_on or not presence.is_absence_long(self._wish.face, now):
            return []
        presence.is_paused = True
        return programme.pause(ABSENCE_FADE_S)

    def _switch_camera(self, on: bool | None, now: float) -> list[Action]:
        """Open or close the camera; None: as a hand wants it, which quiet hours have not changed."""
        on = self._camera.is_wanted if on is None else on
        if not self._camera.switch(on, now):
            return []
        self._wish.forget_face(now)
        self._showing.note("camera", None)
        return [act.OpenCamera() if on else act.CloseCamera()]

    def _mind_sensor(self, now: float) -> None:
        """Tell of a device that stays open although the camera was switched off: it may still look."""
        if self._camera.is_off:
            self._showing.note("camera", self._camera.trouble(now))

    # --- people --------------------------------------------------------------------------------------------

    def _obey(self, command: cmd.Command, now: float) -> list[Action]:
        if isinstance(command, cmd.LookAhead):  # who merely looks has asked for nothing
            return self._programme.look_ahead()
        heard, mood = self._programme.heard, self._programme.asked_mood
        judged = self._audience.judge(command, heard, mood, self._is_seen())
        return [*self._do(command, now), *judged]  # the music first: a sticker may wait for a slow card

    def _do(self, command: cmd.Command, now: float) -> list[Action]:
        match command:
            case cmd.ChooseMood(mood=mood):
                return self._choose(mood, now)
            case cmd.NextMood():
                following = self._wish.next_mood()
                return self._choose(following, now) if following else self._follow_again(now)
            case cmd.Automatic():
                return self._follow_again(now)
            case cmd.ChoosePolicy(policy=policy, person=whose):
                return self._following.choose_policy(policy, whose or self._audience.person)
            case cmd.ChooseMoodPolicy(policy=policy, mood=alone):
                alone = alone or self._programme.asked_mood
                return self._following.choose_policy(policy, self._audience.person, alone)
            case cmd.ChoosePerson(person=person):
                return self._following.serve(person) if self._audience.choose(person) else []
            case cmd.NextPerson():
                after = self._audience.next()
                return self._following.serve(after) if self._audience.choose(after) else []
            case cmd.MindRest(step=step):
                return self._rest.obey(step, self._audience.person, now)
            case cmd.Undo():
                return []
            case cmd.SetVolume(percent=percent):
                return self._loudness.want(percent)
            case cmd.StepVolume(by=by):
                return self._loudness.step(by)
            case cmd.SwitchCamera(on=on):
                return self._want_camera(on, now)
            case cmd.ToggleCamera():
                return self._want_camera(self._camera.is_off, now)
            case cmd.Sleep(after_s=after_s):
                self._hours.sleep_at = now + after_s if after_s else None
                return []
            case cmd.SetAlarm(at=at):
                self._hours.set_alarm(at)
                return []
            case cmd.SwitchAlarm(on=on):
                self._hours.set_alarm(self._hours.alarm_time if on else None)
                return []
            case cmd.Mute(on=on):
                return self._loudness.mute() if on else self._loudness.unmute(self._settings.alarm_volume)
            case cmd.Announce(sound=sound, percent=percent):
                self._showing.announcement_failed = ""  # for whoever waits to see what becomes of this one
                loud = self._settings.announce_volume if percent is None else percent
                return [] if self._timers.is_silent_night() else [act.FetchAnnouncement(sound, loud)]
            case cmd.PowerOff():
                self._showing.power_off(now)
                return [act.ShutDown()]
            case cmd.InstallUpdate():
                self._showing.note("update", None)  # what a try before was refused for; this one may do
                return [act.Upgrade()]
        return self._steer_music(command)

    def _steer_music(self, command: cmd.Command) -> list[Action]:
        """Do what a hand asks of the music that plays, or says of it."""
        is_in_vain = isinstance(command, cmd.Guest) and not self._programme.heard.last.guest_waits
        if isinstance(command, WISHES) and not is_in_vain:
            self._presence.decide_by_hand()
            self._programme.hand()
        else:
            self._presence.note_hand()
        match command:
            case cmd.Seek(to_s=to_s):
                return self._programme.seek(to_s)
            case cmd.PlaySong(uri=uri):
                return self._programme.play_song(uri)
            case cmd.PlayPlaylist(name=name):
                return self._programme.play_playlist(name)
            case cmd.SetUpNext(uris=uris, was=was):
                return self._programme.set_up_next(uris, was)
            case cmd.SetComing(uris=uris, was=was):
                return self._programme.set_coming(uris, was)
        rule = RULES.get((type(command), self._programme.playing))
        return rule(self._programme) if rule else []

    def _choose(self, mood: str, now: float) -> list[Action]:
        self._presence.decide_by_hand()
        self._programme.hand()
        self._chooser.failures.begin_row()  # those were of another mood's songs, for all we know
        return self._following.choose(mood, now)

    def _follow_again(self, now: float) -> list[Action]:
        self._presence.note_hand()
        self._wish.choose(None, now)
        return [*self._programme.end_playlist(), *self._following.follow(now)]

    def _want_camera(self, on: bool, now: float) -> list[Action]:
        self._camera.is_wanted = on
        return self._switch_camera(on, now)

    # --- MPD -----------------------------------------------------------------------------------------------

    def _hear(self, heard: msg.PlayerChanged, now: float) -> list[Action]:
        if heard.announcing:
            self._programme.heard.take(heard, now)
            return []
        before = self._programme.playing
        actions = self._continuity.hear(heard, now)
        after = self._programme.playing
        if before is not Playing.MUSIC and after is Playing.MUSIC:
            self._waited_before = self._presence.is_paused
            self._presence.decide_by_hand()  # somebody at a phone
        elif before is Playing.MUSIC and after is not Playing.MUSIC and heard.ran_out:
            self._presence.is_paused = self._waited_before  # an announcement in an empty room, say
        self._showing.note("player", None)
        if heard.failed:
            self._showing.note("music", self._continuity.what_is_missing())
        return actions

    # --- what others may see, and what is remembered -------------------------------------------------------

    def snapshot(self, now: float) -> Snapshot:
        """Take a picture of the box as it is, for all who show it; `now` as given to `handle`."""
        return self._showing.snapshot(now)

    def memory(self, now: float) -> Memory:
        """Collect what must survive a power cut; `now` as given to `handle`."""
        return replace(self._showing.memory(now), is_woken=self._timers.is_woken)
