"""A box in simulated time, and everything that may happen to it.

Brain, player, panel and light are the real ones, with gpiozero's mock pins; only MPD is the simulated one,
which passes the same contract tests as the real.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from gpiozero.pins.mock import MockFactory, MockPWMPin
from listening import SimulatedListening
from panel_bench import settings
from simulated_mpd import SimulatedMpd

from appliance.brain import Brain
from appliance.brain.hours import QuietHours
from appliance.brain.mood import REACTIONS
from appliance.brain.settings import BrainSettings, QuietEffect
from appliance.panel import Panel
from appliance.protocol import actions as act
from appliance.protocol import messages as msg
from appliance.protocol.commands import Command
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, CameraGone, Nobody, Reading
from appliance.protocol.memory import Memory
from appliance.protocol.messages import Song, Transition
from appliance.protocol.snapshot import CameraState, Snapshot

LOUDEST = 80
QUIET = 25
HOLD_S = 120.0
SETTLED_S = 75.0
"""After so long without an event every fade is over, and MPD is found again."""
LOOK_S = 0.9
"""The looks come so often, and the loop turns as often: as on a slow board."""

SONGS = [
    Song(f"{mood}/{number}.flac", f"{mood} {number}", f"artist {number}", "", 30.0 + 11 * number)
    for mood in EMOTIONS
    for number in range(3)
]
THEIRS = [Song(f"guest/{number}.flac", "", "", "", 25.0 + 20 * number) for number in range(2)]
"""Guests play these, and others from the moods' folders."""
BROKEN = {"happy/1.flac", "disgust/0.flac", "disgust/1.flac", "disgust/2.flac"}
EMPTY = {"neutral/1.flac", "surprise/0.flac"}
"""They hold no sound, though MPD has listed them with a duration."""
BUTTONS = {
    "pause": 17,
    "skip": 27,
    "previous": 5,
    "volume_up": 6,
    "volume_down": 13,
    "mood": 26,
    "camera": 12,
}
LED, LAMP = 24, 23

Told = Callable[[msg.Event, Snapshot], None]
"""Called with each event that the brain has been told, and the box as it was before."""


def brain_settings(reaction: str, transition: Transition, quiet: QuietEffect) -> BrainSettings:
    """Settings whose times are short, so that much happens in a life of minutes."""
    return BrainSettings(
        reaction=REACTIONS[reaction],
        away_after_s=20.0,
        start_mood="neutral",
        transition=transition,
        least_play_s=10.0,
        hold_s=HOLD_S,
        go_back_s=60.0,
        pause_when_away_s=30.0,
        alarm_rise_s=20.0,
        quiet_hours=QuietHours(time(22, 15), time(22, 40)),
        quiet_effect=quiet,
        quiet_volume=QUIET,
    )


class Life:
    """A box and its surroundings: MPD, its other users, the camera, fingers, the clock."""

    def __init__(self, chance: random.Random, chosen: BrainSettings, began: datetime, told: Told) -> None:
        """began: the time of day."""
        self.chance, self._told = chance, told
        self.mpd = SimulatedMpd(
            [*SONGS, *THEIRS], undecodable={*BROKEN}, empty=EMPTY, settling_s=0.1, minds_seeking=True
        )
        self.listening = SimulatedListening(self.mpd, fade_s=2.0, start_volume=40, max_volume=LOUDEST)
        self.began, self._clock = self.now, began
        self.settings = chosen
        self.brain = Brain(chosen, self.now, chance)
        self._empty = self.snapshot
        self.face = "neutral"
        """An emotion, or "nobody", or "gone": a camera that is not there."""
        self.is_camera_on = self.is_sensor_open = False
        self.closes_at = self.now
        self.waiting: list[msg.Event] = []
        self.pins = MockFactory(pin_class=MockPWMPin)
        panel = settings(buttons=dict(BUTTONS), light={"led": LED, "camera": LAMP})
        self.panel = Panel(panel, self.waiting.append, self.snapshot, lambda: self.pins, lambda: self.now)
        self._panel_due = self.panel.turn(self.now)
        self._is_pressed = False
        self._switch_camera(True)

    @property
    def now(self) -> float:
        return self.listening.now()

    @property
    def snapshot(self) -> Snapshot:
        return self.brain.snapshot(self.now)

    def tell(self, *events: msg.Event) -> None:
        """One turn of the service's loop."""
        happened = [*events, *self._waiting()]
        is_news = bool(happened)
        while True:
            for event in happened:
                self._handle(event)
            happened = [*self.listening.player.turn(self.now), *self._waiting()]
            if not happened:
                break
            is_news = True
        if is_news:
            self.panel.show(self.snapshot)

    def _waiting(self) -> list[msg.Event]:
        waiting = [*self.waiting]
        self.waiting.clear()
        return waiting

    def _handle(self, event: msg.Event) -> None:
        before = self.snapshot if isinstance(event, Command | msg.Tick) else self._empty
        for action in self.brain.handle(event, self.now):
            self._perform(action)
        self._told(event, before)

    def _perform(self, action: act.Action) -> None:
        match action:
            case act.OpenCamera() | act.CloseCamera():
                self._switch_camera(isinstance(action, act.OpenCamera))
            case act.ShutDown():
                self.waiting.append(msg.PartChanged("power", None))  # it is not done after all
            case _:
                self.listening.perform(action)

    def _switch_camera(self, on: bool) -> None:
        """As the camera's thread does: open at once, closed after a while, and once in a while it hangs."""
        self.is_camera_on = on
        self.closes_at = self.now + self.chance.choice([0.0, 0.2, 30.0])
        if on and not self.is_sensor_open:
            self._tell_sensor(True)

    def _tell_sensor(self, is_open: bool) -> None:
        self.is_sensor_open = is_open
        self.panel.sensor(is_open)
        self.waiting.append(msg.SensorChanged(is_open))

    def let_pass(self, seconds: float) -> None:
        """Time passes as in the service: ticks, looks, songs that end, steps of fades."""
        until, tick_at = self.now + seconds, self.now
        while self.now < until:
            due = [self.listening.player.due(), self.mpd.ends_at(), tick_at, until]
            due += [self._panel_due] if self._is_pressed else []  # else it is only the light that blinks
            self.mpd.clock.now = max(self.now, min(at for at in due if at is not None))
            self.mpd.run()
            if self._is_pressed or self.now >= tick_at:
                self._panel_due = self.panel.turn(self.now)
            if self.is_sensor_open and not self.is_camera_on and self.now >= self.closes_at:
                self._tell_sensor(False)
            if self.now >= tick_at:
                tick_at += LOOK_S
                self.tell(self.tick())
                self._look()
            else:
                self.tell()

    def tick(self) -> msg.Tick:
        return msg.Tick(self._clock + timedelta(seconds=self.now - self.began))

    def _look(self) -> None:
        if not self.is_sensor_open:
            return
        if self.face == "nobody":
            self.tell(Nobody(self.now))
        elif self.face == "gone":
            self.tell(CameraGone("unplugged", self.now))
        else:
            shares = tuple(0.94 if name == self.face else 0.01 for name in EMOTIONS)
            self.tell(Reading(shares, Box(0, 0, 99, 99), self.now))

    def press(self, button: str, held_s: float) -> None:
        pin = self.pins.pin(BUTTONS[button])
        self._is_pressed = True
        self._panel_due = self.now
        pin.drive_low()
        self.let_pass(held_s)
        pin.drive_high()
        self._panel_due = self.now
        self.let_pass(0.1)
        self._is_pressed = False

    def begin_anew(self) -> None:
        """The service ends and begins anew."""
        memory = self.memory()
        self.listening.close()
        self.listening = SimulatedListening(
            self.mpd, fade_s=2.0, start_volume=memory.volume, max_volume=LOUDEST, known=memory.queue
        )
        self.brain = Brain(self.settings, self.now, self.chance, memory)
        if self.is_sensor_open:
            self.waiting.append(msg.SensorChanged(True))
        if self.snapshot.camera is not CameraState.OFF and not self.is_camera_on:
            self._switch_camera(True)  # quiet hours close it again, as they did

    def memory(self) -> Memory:
        """As the service has it written."""
        return replace(self.brain.memory(self.now), queue=self.listening.player.memory)

    def settle(self) -> None:
        """Until nothing has happened by itself for long: no alarm, no quiet hours, no hand that lets go."""
        calm_since, before, deadline = self.now, self._course(), self.now + 3600.0
        while self.now < calm_since + SETTLED_S or self.mpd.settled_at is not None:
            assert self.now < deadline, "it never comes to rest"
            self.let_pass(3 * LOOK_S)
            if before != self._course():
                calm_since, before = self.now, self._course()

    def _course(self) -> tuple[object, ...]:
        """What a clock may change."""
        box = self.snapshot
        return box.playing, box.by_hand, box.quiet, box.camera, box.guest, tuple(box.degraded)

    def is_capped(self) -> bool:
        """Whether quiet hours let nothing be louder than `QUIET`."""
        return self.snapshot.quiet and self.settings.quiet_effect is QuietEffect.CAP
