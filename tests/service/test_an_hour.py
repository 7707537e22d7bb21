"""An hour in the life of the box, in simulated time: presses, faults and moods at random, by seed.

Brain, player, panel and light are the real ones, with gpiozero's mock pins; only MPD is the simulated one,
which passes the same contract tests as the real. `HOURS=400 tests/run.sh tests/service/test_an_hour.py`
lives more of them than CI does.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from listening import SimulatedListening
from mpd import CommandError
from panel_bench import settings
from simulated_mpd import SimulatedClient, SimulatedMpd

from appliance import state
from appliance.brain import Brain
from appliance.brain.hours import QuietHours
from appliance.brain.mood import REACTIONS
from appliance.brain.music import neighbours
from appliance.brain.settings import BrainSettings, QuietEffect
from appliance.panel import Panel, light
from appliance.protocol import actions as act
from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.messages import EMOTIONS, CameraState, Playing, Snapshot, Song, Transition

HOURS = int(os.environ.get("HOURS", "24"))
HOUR_S = 3600.0
LOUDEST = 80
QUIET = 25
RISE_S = 20.0
SETTLED_S = 75.0
"""After so long without an event every fade is over, and MPD is found again."""

SONGS = [
    Song(f"{mood}/{number}.flac", f"{mood} {number}", f"artist {number}", "", 30.0 + 11 * number)
    for mood in EMOTIONS
    for number in range(3)
]
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
HELD_S = (0.1, 0.5, 1.0, 2.9, 3.5)
"""How long a finger stays on a button."""
STATES = {
    Playing.MUSIC: {"play"},
    Playing.PAUSED: {"pause", "stop"},  # an MPD that was restarted has nothing to hold
    Playing.STOPPED: {"stop"},
}


class Hour:
    """A box in simulated time, and everything that may happen to it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.mpd = SimulatedMpd(SONGS, undecodable=BROKEN, empty=EMPTY, settling_s=0.1, minds_seeking=True)
        self.listening = SimulatedListening(self.mpd, fade_s=2.0, start_volume=40, max_volume=LOUDEST)
        self.began = self.listening.now()
        self.brain_settings = BrainSettings(
            reaction=REACTIONS[self.chance.choice(sorted(REACTIONS))],
            away_after_s=20.0,
            start_mood="neutral",
            transition=self.chance.choice(list(Transition)),
            least_play_s=10.0,
            hold_s=120.0,
            go_back_s=60.0,
            pause_when_away_s=30.0,
            alarm_rise_s=RISE_S,
            quiet_hours=QuietHours(time(22, 15), time(22, 40)),
            quiet_effect=self.chance.choice(list(QuietEffect)),
            quiet_volume=QUIET,
        )
        self.brain = Brain(self.brain_settings, self.began, self.chance)
        self.face = "neutral"
        self.is_mood_clear = True
        """Whether the song must be of the mood: not so where somebody has gone back, or put songs in."""
        self.is_camera_on = self.is_sensor_open = self.was_capped = False
        self.closes_at = self.began
        self.waiting: list[msg.Event] = []
        self.pins = MockFactory(pin_class=MockPWMPin)
        chosen = settings(buttons=dict(BUTTONS), light={"led": LED, "camera": LAMP})
        self.panel = Panel(chosen, self.waiting.append, self.snapshot, lambda: self.pins, lambda: self.now)
        self.panel_due = self.panel.turn(self.now)
        self._switch_camera(True)

    @property
    def now(self) -> float:
        return self.listening.now()

    @property
    def snapshot(self) -> Snapshot:
        return self.brain.snapshot(self.now)

    def tell(self, event: msg.Event) -> None:
        """One turn of the service's loop."""
        events: list[msg.Event] = [event]
        while events:
            for one in events:
                for action in self.brain.handle(one, self.now):
                    self._perform(action)
            events = [*self.listening.player.turn(self.now), *self.waiting]
            self.waiting.clear()
        self.panel.show(self.snapshot)

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

    def let_pass(self, seconds: float, looking: bool = True) -> None:
        """Time passes as in the service: ticks, looks, songs that end, steps of fades."""
        until, tick_at = self.now + seconds, self.now
        while self.now < until:
            due = (self.listening.player.due(), self.mpd.ends_at(), self.panel_due, tick_at, until)
            self.mpd.clock.now = max(self.now, min(at for at in due if at is not None))
            self.mpd.run()
            self.panel_due = self.panel.turn(self.now)
            if self.is_sensor_open and not self.is_camera_on and self.now >= self.closes_at:
                self._tell_sensor(False)
            if self.now >= tick_at:
                tick_at += 0.5
                self.tell(self._tick())
                self.look() if looking else None
            else:
                self.tell(msg.PartChanged("page", None))

    def _tick(self) -> msg.Tick:
        return msg.Tick(datetime(2026, 11, 23, 22, 0) + timedelta(seconds=self.now - self.began))

    def settle(self) -> None:
        """Until nothing has happened by itself for long: no alarm, no quiet hours, no hand that lets go."""
        calm_since, before, deadline = self.now, self._course(), self.now + HOUR_S
        while self.now < calm_since + SETTLED_S or self.mpd.settled_at is not None:
            assert self.now < deadline, "it never comes to rest"
            self.let_pass(1.0)
            if before != self._course():
                calm_since, before = self.now, self._course()

    def _course(self) -> tuple[object, ...]:
        """What a clock may change."""
        box = self.snapshot
        return box.playing, box.by_hand, box.quiet, box.camera, box.guest, tuple(box.degraded)

    def look(self) -> None:
        if not self.is_sensor_open:
            return
        if self.face == "nobody":
            self.tell(msg.Nobody(self.now))
        elif self.face == "gone":
            self.tell(msg.CameraGone("unplugged", self.now))
        else:
            shares = tuple(0.94 if name == self.face else 0.01 for name in EMOTIONS)
            self.tell(msg.Reading(shares, msg.Box(0, 0, 99, 99), self.now))

    # --- what may happen -----------------------------------------------------------------------------------

    def happen(self) -> None:
        weights = {
            self._face: 4,
            self._hand: 3,
            self._press: 2,
            self._guest: 2,
            self._fault: 2,
            self._restart: 1,
            self._update: 1,
        }
        self.chance.choices([*weights], [*weights.values()])[0]()

    def _face(self) -> None:
        self.face = self.chance.choice([*EMOTIONS, "nobody", "gone"])

    def _hand(self) -> None:
        chance = self.chance
        makes: list[Callable[[], cmd.Command]] = [
            cmd.Play, cmd.Pause, cmd.Toggle, cmd.Skip, cmd.Previous, cmd.Stop, cmd.Like, cmd.Automatic,
            cmd.Guest,
            lambda: cmd.SetVolume(chance.randrange(101)),
            lambda: cmd.StepVolume(chance.choice([-5, 5, 50])),
            lambda: cmd.ChooseMood(chance.choice(EMOTIONS)),
            lambda: cmd.SwitchCamera(chance.random() < 0.5),
            lambda: cmd.Sleep(chance.choice([0.0, 30.0])),
            lambda: cmd.SetAlarm(chance.choice([None, time(22, 30)])),
        ]  # fmt: skip
        command = chance.choice(makes)()
        self.is_mood_clear &= not isinstance(command, cmd.Previous)
        self.tell(command)

    def _press(self) -> None:
        name = self.chance.choice([*BUTTONS])
        self.is_mood_clear &= name != "previous"
        pin = self.pins.pin(BUTTONS[name])
        pin.drive_low()
        self.let_pass(self.chance.choice(HELD_S))
        pin.drive_high()
        self.let_pass(0.1)

    def _restart(self) -> None:
        """The service ends and begins anew."""
        before, memory = self.snapshot, self.memory()
        self.listening.close()
        self.listening = SimulatedListening(
            self.mpd, fade_s=2.0, start_volume=memory.volume, max_volume=LOUDEST, known=memory.queue
        )
        self.brain = Brain(self.brain_settings, self.now, self.chance, memory)
        if self.is_sensor_open:
            self.waiting.append(msg.SensorChanged(True))
        after = self.snapshot
        kept = ("playing", "by_hand", "hand_until", "sleep_at", "alarm")
        assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
        if after.camera is not CameraState.OFF and not self.is_camera_on:
            self._switch_camera(True)  # quiet hours close it again, as they did
        self.tell(self._tick())

    def memory(self) -> msg.Memory:
        """As the service has it written."""
        return replace(self.brain.memory(self.now), queue=self.listening.player.memory)

    def _guest(self) -> None:
        if not self.mpd.is_up:
            return
        self.is_mood_clear = False
        guest = self.mpd.client()
        actions: list[Callable[[], object]] = [
            lambda: guest.pause(1), guest.play, guest.stop, guest.next, guest.previous, guest.clear,
            lambda: guest.addid("fear/2.flac"),
            lambda: guest.playid(guest.addid("sad/1.flac")),
            lambda: guest.playid(guest.addid("sad/1.flac", "+0")),
            lambda: self._replace_queue(guest),
            lambda: getattr(guest, self.chance.choice([*self.mpd.modes]))(self.chance.choice([0, 1])),
            lambda: guest.setvol(self.chance.randrange(101)),
            lambda: guest.seekcur(self.chance.choice([20.0, 1000.0])),
        ]  # fmt: skip
        with contextlib.suppress(CommandError):  # such as `previous` while nothing plays
            self.chance.choice(actions)()

    def _replace_queue(self, guest: SimulatedClient) -> None:
        """`play_media` of Home Assistant, at the pace of a slow network."""
        guest.clear()
        for uri in ("fear/0.flac", "fear/1.flac"):
            self.let_pass(self.chance.choice([0.0, 0.02]))
            guest.addid(uri)
        self.let_pass(self.chance.choice([0.0, 0.02, 1.0]))
        guest.play()

    def _update(self) -> None:
        """MPD has looked for new songs."""
        if self.mpd.is_up:
            self.mpd.links[-1].list_songs()

    def _fault(self) -> None:
        self.mpd.kill() if self.mpd.is_up else self.mpd.start()

    # --- what must be so ------------------------------------------------------------------------------------

    def check_now(self) -> None:
        """At every instant."""
        box = self.snapshot
        loudest = max(self.listening.volumes(), default=0)
        assert loudest <= (QUIET if self._is_capped() and self.was_capped else LOUDEST)
        self.listening.wire.clear()
        self.was_capped = self._is_capped()
        assert bool(self.pins.pin(LAMP).state) is self.is_sensor_open
        assert (box.camera is CameraState.OFF) is not self.is_camera_on
        memory = self.memory()
        written = state.FORM.dump_json(state._File(1, memory))
        assert state.FORM.validate_json(written).memory == memory
        if box.camera is CameraState.OFF:
            assert (box.faces, box.looked, box.mood.name) == (0, None, "unsure")
            is_said = light.state(box) in (light.State.CAMERA_OFF, light.State.CAMERA_OFF_DEGRADED)
            assert is_said is not self.is_sensor_open

    def check_settled(self) -> None:
        """Once nothing happens any more: state, music and light agree."""
        box = self.snapshot
        assert ("player" in box.degraded) is not self.mpd.is_up
        assert ("camera" in box.degraded) is (self.face == "gone" and self.is_camera_on)
        before, lit_share = self._course(), self._led_seen()
        if before == self._course():
            assert lit_share == pytest.approx(light.PATTERNS[self._state()].lit_share, abs=0.05)
        if before != self._course() or self.mpd.settled_at is not None:
            self.settle()
        box = self.snapshot
        if not self.mpd.is_up:
            return
        heard = self.mpd.client().status()
        assert heard["state"] in STATES[box.playing]
        assert int(heard["volume"]) == box.volume
        assert int(heard["volume"]) <= (QUIET if self._is_capped() else LOUDEST)
        if heard["state"] == "play":
            song = self.mpd.client().currentsong()
            assert box.song is not None
            assert song["file"] == box.song.uri
            assert song["file"] not in BROKEN | EMPTY
            is_left_to_guest = box.guest and box.modes
            assert is_left_to_guest or int(heard["playlistlength"]) > int(heard["song"]) + 1, (
                "nothing is queued behind the song"
            )
            assert box.guest or {heard[mode] for mode in self.mpd.modes} == {"0"}
            if self.is_mood_clear and box.song_mood:
                assert box.song_mood == self._mood_heard(box)

    def _mood_heard(self, box: Snapshot) -> str:
        """Whose music must play: the hand's, else the face's; where all its songs are broken, the next."""
        wanted = box.by_hand or (box.mood.name if box.mood.name in EMOTIONS else box.song_mood)
        return neighbours(wanted)[0] if wanted == "disgust" else wanted

    def _state(self) -> light.State:
        """What the light must tell, by what is so."""
        box, is_degraded = self.snapshot, bool(self.snapshot.degraded)
        if not self.is_sensor_open:
            return light.State.CAMERA_OFF_DEGRADED if is_degraded else light.State.CAMERA_OFF
        if is_degraded:
            return light.State.DEGRADED
        if self.face in EMOTIONS:
            return light.State.SEES_YOU
        return light.State.PLAYING if box.playing is Playing.MUSIC else light.State.READY

    def _led_seen(self) -> float:
        """The share of the time in which the LED is lit."""
        lit = []
        for _ in range(240):
            self.let_pass(0.05)
            lit.append(bool(self.pins.pin(LED).state))
        return sum(lit) / len(lit)

    def _is_capped(self) -> bool:
        return self.snapshot.quiet and self.brain_settings.quiet_effect is QuietEffect.CAP


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(HOURS))
def test_after_an_hour_of_anything_state_music_and_light_agree(seed: int) -> None:
    hour = Hour(seed)
    hour.let_pass(2.0)
    while hour.now - hour.began < HOUR_S:
        hour.is_mood_clear = True
        for _ in range(hour.chance.randrange(1, 12)):
            hour.happen()
            hour.let_pass(hour.chance.choice([0.0, 0.1, 1.0, 5.0]))
            hour.check_now()
        if not hour.mpd.is_up and hour.chance.random() < 0.8:
            hour.mpd.start()
        hour.settle()
        hour.check_settled()
