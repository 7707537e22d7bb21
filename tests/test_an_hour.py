"""An hour in the life of the box, in simulated time: presses, faults and moods at random, by seed.

Brain, player and light are the real ones; only MPD is the simulated one, which passes the same contract
tests as the real.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from listening import SimulatedListening
from mpd import CommandError
from simulated_mpd import SimulatedMpd

from appliance import commands as cmd
from appliance import messages as msg
from appliance import state
from appliance.brain import Brain
from appliance.habits import Habits, QuietEffect
from appliance.hours import QuietHours
from appliance.messages import EMOTIONS, CameraState, Playing, Snapshot, Song, Transition
from appliance.mood import REACTIONS
from appliance.panel import light

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
STATES = {
    Playing.MUSIC: {"play"},
    Playing.PAUSED: {"pause", "stop"},  # an MPD that was restarted has nothing to hold
    Playing.STOPPED: {"stop"},
}


class Hour:
    """A box in simulated time, and everything that may happen to it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.mpd = SimulatedMpd(SONGS, undecodable=BROKEN)
        self.edge = SimulatedListening(self.mpd, fade_s=2.0, start_volume=40, max_volume=LOUDEST)
        self.began = self.edge.now()
        habits = Habits(
            reaction=REACTIONS[self.chance.choice(sorted(REACTIONS))],
            away_after_s=20.0,
            start_mood="neutral",
            transition=self.chance.choice(list(Transition)),
            least_play_s=10.0,
            hold_s=120.0,
            pause_when_away_s=30.0,
            alarm_rise_s=RISE_S,
            quiet_hours=QuietHours(time(22, 15), time(22, 40)),
            quiet_effect=self.chance.choice(list(QuietEffect)),
            quiet_volume=QUIET,
        )
        self.brain = Brain(habits, self.began, self.chance)
        self.face = "neutral"

    @property
    def now(self) -> float:
        return self.edge.now()

    @property
    def snapshot(self) -> Snapshot:
        return self.brain.snapshot(self.now)

    def tell(self, event: msg.Event) -> None:
        """One turn of the service's loop."""
        events: list[msg.Event] = [event]
        while events:
            for one in events:
                self.edge.perform(*self.brain.handle(one, self.now))
            events = [*self.edge.player.turn(self.now)]

    def let_pass(self, seconds: float, looking: bool = True) -> None:
        """Time passes as in the service: ticks, looks, songs that end, steps of fades."""
        until, tick_at = self.now + seconds, self.now
        while self.now < until:
            due = (self.edge.player.due(), self.mpd.ends_at(), tick_at, until)
            self.mpd.clock.now = max(self.now, min(at for at in due if at is not None))
            self.mpd.run()
            if self.now >= tick_at:
                tick_at += 0.5
                self.tell(msg.Tick(datetime(2026, 11, 23, 22, 0) + timedelta(seconds=self.now - self.began)))
                self.look() if looking else None
            else:
                self.tell(msg.EdgeChanged("page", None))

    def settle(self) -> None:
        """Nothing happens any more; but the alarm may ring by itself, and rises for a while."""
        self.let_pass(SETTLED_S)
        if self.mpd.is_up and int(self.mpd.client().status()["volume"]) != self.snapshot.volume:
            self.let_pass(RISE_S)

    def look(self) -> None:
        if self.face == "nobody":
            self.tell(msg.Nobody(self.now))
        elif self.face == "gone":
            self.tell(msg.CameraGone("unplugged", self.now))
        else:
            shares = tuple(0.94 if name == self.face else 0.01 for name in EMOTIONS)
            self.tell(msg.Reading(shares, msg.Box(0, 0, 99, 99), self.now))

    # --- what may happen -----------------------------------------------------------------------------------

    def happen(self) -> None:
        self.chance.choice([self._face, self._face, self._hand, self._hand, self._guest, self._fault])()

    def _face(self) -> None:
        self.face = self.chance.choice([*EMOTIONS, "nobody", "gone"])

    def _hand(self) -> None:
        chance = self.chance
        makes: list[Callable[[], cmd.Command]] = [
            cmd.Play, cmd.Pause, cmd.Toggle, cmd.Skip, cmd.Previous, cmd.Stop, cmd.Like, cmd.Automatic,
            lambda: cmd.SetVolume(chance.randrange(101)),
            lambda: cmd.StepVolume(chance.choice([-5, 5, 50])),
            lambda: cmd.ChooseMood(chance.choice(EMOTIONS)),
            lambda: cmd.SwitchCamera(chance.random() < 0.5),
            lambda: cmd.Sleep(chance.choice([0.0, 30.0])),
            lambda: cmd.SetAlarm(chance.choice([None, time(22, 30)])),
        ]  # fmt: skip
        self.tell(chance.choice(makes)())

    def _guest(self) -> None:
        if not self.mpd.is_up:
            return
        guest = self.mpd.client()
        actions: list[Callable[[], object]] = [
            lambda: guest.pause(1), guest.play, guest.stop, guest.next, guest.previous, guest.clear,
            lambda: guest.addid("fear/2.flac"),
            lambda: guest.playid(guest.addid("sad/1.flac")),
            lambda: guest.setvol(self.chance.randrange(101)),
        ]  # fmt: skip
        with contextlib.suppress(CommandError):  # such as `previous` while nothing plays
            self.chance.choice(actions)()

    def _fault(self) -> None:
        self.mpd.kill() if self.mpd.is_up else self.mpd.start()

    # --- what must be so ------------------------------------------------------------------------------------

    def check_now(self) -> None:
        """At every instant."""
        box = self.snapshot
        memory = self.brain.memory(self.now)
        written = state.FORM.dump_json(state._File(1, memory))
        assert state.FORM.validate_json(written).memory == memory
        if box.camera is CameraState.OFF:
            assert (box.faces, box.looked, box.mood.name) == (0, None, "unsure")
            assert light.state(box) in (light.State.CAMERA_OFF, light.State.CAMERA_OFF_DEGRADED)

    def check_settled(self) -> None:
        """Once nothing happens any more: state, music and light agree."""
        box = self.snapshot
        assert ("player" in box.degraded) is not self.mpd.is_up
        if box.degraded and box.camera is not CameraState.OFF:
            assert light.state(box) is light.State.DEGRADED
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
            assert song["file"] not in BROKEN
            assert int(heard["playlistlength"]) > int(heard["song"]) + 1, "nothing is queued behind the song"

    def _is_capped(self) -> bool:
        return self.snapshot.quiet and self.brain._habits.quiet_effect is QuietEffect.CAP


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_after_an_hour_of_anything_state_music_and_light_agree(seed: int) -> None:
    hour = Hour(seed)
    hour.let_pass(2.0)
    while hour.now - hour.began < HOUR_S:
        for _ in range(hour.chance.randrange(1, 12)):
            hour.happen()
            hour.let_pass(hour.chance.choice([0.0, 0.1, 1.0, 5.0]))
            hour.check_now()
        if not hour.mpd.is_up and hour.chance.random() < 0.8:
            hour.mpd.start()
        hour.settle()
        hour.check_settled()
