"""Any events in any order, and what holds all the same: a box in simulated time as hypothesis' state machine.

Continuous integration takes 10,000 steps, always the same; `STEPS=1000000 tests/run.sh -n 2
tests/service/test_any_events.py` takes more, as tests/bench/million.sh does. What fails is shown with the
fewest steps that lead to it.
"""

from __future__ import annotations

import contextlib
import os
import random
from datetime import datetime, time

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as chosen_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from living import BROKEN, BUTTONS, EMPTY, HOLD_S, LAMP, LOUDEST, QUIET, SONGS, THEIRS, Life, brain_settings
from mpd import CommandError
from promises import Promises
from simulated_mpd import SimulatedClient

from appliance import state
from appliance.brain.circumplex import neighbours
from appliance.brain.continuity import HEARD_S as PROVEN_S
from appliance.brain.mood import REACTIONS
from appliance.brain.refusals import LONGEST_PAUSE_S, NEW_PAUSE_S
from appliance.brain.settings import QuietEffect
from appliance.panel import light
from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import Transition
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

STEPS = int(os.environ.get("STEPS", "10000"))
FIRST = int(os.environ.get("SEED", "0"))
STEPS_OF_A_LIFE, LIVES_OF_A_SEED = 50, 20
SEEDS = range(FIRST, FIRST + max(1, STEPS // (STEPS_OF_A_LIFE * LIVES_OF_A_SEED)))

STATES = {
    Playing.MUSIC: {"play"},
    Playing.PAUSED: {"pause", "stop"},  # an MPD that was restarted has nothing to hold
    Playing.STOPPED: {"stop"},
}
KEPT = ("by_hand", "alarm")

PLAIN = st.sampled_from([cmd.Play, cmd.Pause, cmd.Toggle, cmd.Skip, cmd.Previous, cmd.Stop, cmd.Like])
COMMANDS = st.one_of(
    PLAIN.map(lambda make: make()),
    st.sampled_from([cmd.Guest(), cmd.Automatic(), cmd.NextMood(), cmd.ToggleCamera(), cmd.PowerOff()]),
    st.sampled_from(EMOTIONS).map(cmd.ChooseMood),
    st.integers(0, 100).map(cmd.SetVolume),
    st.sampled_from([-5, 5, 50]).map(cmd.StepVolume),
    st.booleans().map(cmd.SwitchCamera),
    st.sampled_from([0.0, 30.0]).map(cmd.Sleep),
    st.sampled_from([None, time(22, 30)]).map(cmd.SetAlarm),
)
PATIENCE_S = len([*SONGS, *THEIRS]) * NEW_PAUSE_S + LONGEST_PAUSE_S
"""Between songs that fail the box pauses, so long at most while some have not failed, and none comes a second
time before those; a pause that had begun before may be the longest."""
HEARD_S = 0.3
"""By then MPD has told what was done to it: who had the last word is no question."""
SELDOM = st.sampled_from([*[False] * 15, True])
URIS = st.sampled_from(["fear/2.flac", "sad/1.flac", *[song.uri for song in THEIRS]])


def is_about(one: float | None, other: float | None) -> bool:
    """Whether both are the same time: what is left of it is written down, and added to the new beginning."""
    return one == other if one is None or other is None else abs(one - other) < 1e-6


class AnyEvents(RuleBasedStateMachine):
    """A box, what happens to it, and what must be so whatever has happened."""

    @initialize(
        chance=st.integers(0, 9),
        reaction=st.sampled_from(sorted(REACTIONS)),
        transition=st.sampled_from(Transition),
        quiet=st.sampled_from(QuietEffect),
        wears=st.booleans(),
        began=st.sampled_from([time(21, 0), time(22, 13), time(22, 28), time(22, 38)]),
    )
    def begin(
        self,
        chance: int,
        reaction: str,
        transition: Transition,
        quiet: QuietEffect,
        wears: bool,
        began: time,
    ) -> None:
        """wears: whether songs are damaged in this life."""
        self.wears = wears
        self.promises = Promises(HOLD_S)
        self.rang: datetime | None = None
        self.theirs: set[int] = set()
        """MPD's ids of what guests have queued."""
        self.is_quiet_silence = quiet is QuietEffect.SILENCE
        self.was_capped = self.was_silent = self.was_quiet = False
        """was_quiet: also before a restart, at which quiet hours that go on do not begin."""
        self.box = Life(
            random.Random(chance),
            brain_settings(reaction, transition, quiet),
            datetime.combine(datetime(2026, 11, 23), began),
            self.note,
        )
        self.box.let_pass(2.0)

    def note(self, event: msg.Event, before: Snapshot) -> None:
        """Listen to what the brain is told."""
        has_rung, after = False, before
        if isinstance(event, msg.Tick):
            after = self.box.snapshot
            rang = self.box.brain.memory(self.box.now).rang
            has_rung, self.rang = rang not in (None, self.rang), rang
            has_begun, self.was_quiet = after.quiet and not self.was_quiet, after.quiet
            if self.is_quiet_silence and has_begun and self.promises.music:
                self.promises.music = False
        self.promises.hear(event, before, after, has_rung)
        if self.promises.music is not False:
            self.was_silent = False

    # --- what may happen -----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.box.let_pass(seconds)

    @rule(face=st.sampled_from([*EMOTIONS, "nobody", "gone"]), seconds=st.sampled_from([0.0, 3.0]))
    def a_face(self, face: str, seconds: float) -> None:
        self.box.face = face
        self.box.let_pass(seconds)

    @rule(command=COMMANDS)
    def somebody_asks(self, command: cmd.Command) -> None:
        self.box.tell(command)

    @rule(command=COMMANDS, seconds=st.sampled_from([0.0, 0.1, 5.0]))
    def somebody_asks_and_waits(self, command: cmd.Command, seconds: float) -> None:
        self.box.tell(command)
        self.box.let_pass(seconds)

    @rule(button=st.sampled_from([*BUTTONS]), held_s=st.sampled_from([0.1, 0.5, 1.0, 2.9, 3.5]))
    def a_finger(self, button: str, held_s: float) -> None:
        self.box.press(button, held_s)

    @precondition(lambda self: self.box.mpd.is_up)
    @rule(
        did=st.sampled_from(["pause", "play", "stop", "next", "previous", "clear", "volume", "seek"]),
        number=st.sampled_from([0, 10, 60, 100, 1000]),
    )
    def a_guest_steers(self, did: str, number: int) -> None:
        guest = self.box.mpd.client()
        self.promises.note_guest(did)
        with contextlib.suppress(CommandError):  # such as `previous` while nothing plays
            match did:
                case "pause":
                    guest.pause(1)
                case "volume":
                    guest.setvol(min(number, 100))
                case "seek":
                    guest.seekcur(number)
                case _:
                    getattr(guest, did)()
        self.box.let_pass(HEARD_S)

    @precondition(lambda self: self.box.mpd.is_up)
    @rule(mode=st.sampled_from(["repeat", "random", "single", "consume"]), on=st.booleans())
    def a_guest_sets_a_mode(self, mode: str, on: bool) -> None:
        was_on = self.box.mpd.modes[mode] != "0"
        getattr(self.box.mpd.client(), mode)(int(on))
        self.promises.note_guest("mode")
        # Switched off while the box has it set aside it changes nothing in MPD, so nobody can know.
        if mode == "single" and (on or was_on):
            self.promises.is_single = on
            if not on and self.box.mpd.state == "pause":
                self.promises.note_guest("pause")  # it had MPD pause after a song, which stays so

    @precondition(lambda self: self.box.mpd.is_up)
    @rule(did=st.sampled_from(["add", "play now", "play next"]), uri=URIS)
    def a_guest_queues(self, did: str, uri: str) -> None:
        guest = self.box.mpd.client()
        self.promises.note_guest(did)
        with contextlib.suppress(CommandError):
            new = self._add(guest, uri, "+0" if did == "play next" else "")
            if did != "add":
                guest.playid(new)
        self.box.let_pass(HEARD_S)

    @precondition(lambda self: self.box.mpd.is_up)
    @rule(uris=st.lists(URIS, min_size=1, max_size=2), pauses=st.sampled_from([0.0, 0.02, 1.0]))
    def a_guest_replaces_the_queue(self, uris: list[str], pauses: float) -> None:
        """`play_media` of Home Assistant, at the pace of a slow network."""
        guest = self.box.mpd.client()
        self.promises.note_guest("replace the queue")
        guest.clear()
        for uri in uris:
            self.box.let_pass(pauses)
            self._add(guest, uri, "")
        self.box.let_pass(pauses)
        self.promises.note_guest("play")  # a sleep timer may have ended meanwhile: his is the last word
        guest.play()
        self.box.let_pass(HEARD_S)  # else an MPD that dies now leaves the box with the `clear` alone

    def _add(self, guest: SimulatedClient, uri: str, position: str) -> str:
        self.box.mpd.is_slow = False  # it is our requests that are answered late
        new = guest.addid(uri, position)
        self.theirs.add(int(new))
        return new

    @rule()
    def mpd_dies_or_comes_back(self) -> None:
        self.box.mpd.kill() if self.box.mpd.is_up else self._start_mpd([])
        self.box.let_pass(2.0)  # within less than the error of its uptime nobody starts it twice

    @precondition(lambda self: self.box.mpd.is_up)
    @rule(kept=st.booleans(), away_s=st.sampled_from([2.0, 5.0, 40.0]))
    def mpd_is_restarted(self, kept: bool, away_s: float) -> None:
        """kept: whether it has its queue again."""
        queue = list(self.box.mpd.queue) if kept else []
        self.box.mpd.kill()
        self.box.let_pass(away_s)
        self._start_mpd(queue)

    def _start_mpd(self, queue: list) -> None:
        mpd = self.box.mpd
        theirs = [entry.id in self.theirs and entry.song in THEIRS for entry in queue]
        mpd.start([entry.song for entry in queue])
        # Of a song that both have queued nobody can tell whose it was, once it has another id.
        self.theirs = {entry.id for entry, is_theirs in zip(mpd.queue, theirs, strict=True) if is_theirs}

    @precondition(lambda self: self.wears and self.box.mpd.is_up)
    @rule(mood=st.sampled_from(EMOTIONS), damaged=st.booleans())
    def the_library_changes(self, mood: str, damaged: bool) -> None:
        """A mood's songs are damaged, or whole again, and MPD has looked at them."""
        uris = {song.uri for song in SONGS if song.uri.startswith(mood)}
        broken = self.box.mpd.undecodable
        broken |= uris if damaged else set()
        broken -= set() if damaged else uris - BROKEN
        self.box.mpd.links[-1].list_songs()

    @rule()
    def mpd_answers_late(self) -> None:
        self.box.mpd.is_slow = True

    @rule()
    def the_service_is_restarted(self) -> None:
        self.box.let_pass(HEARD_S)
        before, wanted = self.box.snapshot, self.box.memory().playing
        self.box.begin_anew()
        after = self.box.snapshot
        assert after.playing is wanted  # also where a guest had cleared the queue to choose
        assert [getattr(after, name) for name in KEPT] == [getattr(before, name) for name in KEPT]
        assert is_about(after.hand_until, before.hand_until)
        # A timer that is due already, of which the box has not been told by a tick, is due at once.
        assert is_about(after.sleep_at, before.sleep_at and max(before.sleep_at, before.at))
        self.box.tell(self.box.tick())

    # --- what must be so ------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_louder_than_the_maximum(self) -> None:
        is_capped = self.box.is_capped()
        loudest = max(self.box.listening.volumes(), default=0)
        assert loudest <= (QUIET if is_capped and self.was_capped else LOUDEST)
        self.was_capped = is_capped

    @invariant()
    def what_others_have_queued_is_never_removed(self) -> None:
        for name, arguments in self.box.listening.wire:
            assert name != "clear"
            assert name != "deleteid" or int(arguments[0]) not in self.theirs
        self.box.listening.wire.clear()

    @invariant()
    def a_camera_that_is_off_is_off(self) -> None:
        box, is_on = self.box.snapshot, self.box.is_camera_on
        assert (box.camera is CameraState.OFF) is not is_on
        assert bool(self.box.pins.pin(LAMP).state) is self.box.is_sensor_open
        if not self.promises.camera:
            assert not is_on, "a hand has switched it off, and no hand has switched it on"
        if self.promises.camera and not box.quiet:
            assert is_on
        if not is_on:
            assert (box.faces, box.looked, box.mood.name) == (0, None, "unsure")
            is_said = light.state(box) in (light.State.CAMERA_OFF, light.State.CAMERA_OFF_DEGRADED)
            assert is_said is not self.box.is_sensor_open

    @invariant()
    def a_hand_holds(self) -> None:
        box = self.box.snapshot
        held = self.promises.held(box)
        assert box.by_hand == held or (held is None and (box.hand_until or 0.0) <= box.at)

    @invariant()
    def silence_that_was_asked_for_lasts(self) -> None:
        is_silent = self.box.mpd.state != "play"
        assert is_silent or not self.was_silent or self.promises.music is not False
        self.was_silent = self.promises.music is False and (self.was_silent or is_silent)

    @rule(is_long=SELDOM, is_mpd_back=st.booleans())
    def nothing_happens(self, is_long: bool, is_mpd_back: bool) -> None:
        if is_long:
            self._rest(is_mpd_back)

    def _rest(self, is_mpd_back: bool) -> None:
        if is_mpd_back and not self.box.mpd.is_up:
            self._start_mpd([])
        self.box.settle()
        patient_until = self.box.now + PATIENCE_S
        while self.box.now < patient_until and not self._is_music_on():
            self.box.let_pass(1.0)
        self._check_rest()

    def _is_music_on(self) -> bool:
        """Whether music plays and goes on, if it is to."""
        mpd = self.box.mpd
        if not mpd.is_up or self.box.snapshot.playing is not Playing.MUSIC:
            return True
        is_left_to_guest = self.box.snapshot.guest and bool(self.box.snapshot.modes)
        has_next = mpd.current is not None and mpd.current + 1 < len(mpd.queue)
        return mpd.state == "play" and (has_next or is_left_to_guest or self._is_proving())

    def _is_proving(self) -> bool:
        """Whether songs have failed, and none is queued until this one has been heard for long enough."""
        return self.wears and float(self.box.mpd.client().status().get("elapsed", 0.0)) < PROVEN_S

    def teardown(self) -> None:
        if hasattr(self, "box"):
            self._rest(is_mpd_back=True)
            self.box.listening.close()

    def _check_rest(self) -> None:
        """Once nothing happens any more: what was promised, state, music and light agree."""
        box, mpd = self.box.snapshot, self.box.mpd
        assert ("player" in box.degraded) is not mpd.is_up
        assert ("camera" in box.degraded) is (self.box.face == "gone" and self.box.is_camera_on)
        assert light.state(box) is self._light_due(box)
        memory = self.box.memory()
        assert state.FORM.validate_json(state.FORM.dump_json(state._File(1, memory))).memory == memory
        if mpd.is_up:
            self._check_music(box, mpd.client())

    def _check_music(self, box: Snapshot, mpd: SimulatedClient) -> None:
        heard, promises = mpd.status(), self.promises
        assert heard["state"] in STATES[box.playing]
        if promises.music and not promises.is_absence and not promises.is_single:
            assert heard["state"] == "play", "silence, and nobody has asked for it"
        if promises.music is False:
            assert heard["state"] != "play", "music, and somebody has asked for silence"
        limit = QUIET if self.box.is_capped() else LOUDEST
        assert int(heard["volume"]) == box.volume
        assert int(heard["volume"]) <= limit
        assert promises.volume is None or box.volume == min(limit, promises.volume)
        if heard["state"] == "play":
            self._check_song(box, heard, mpd.currentsong())

    def _check_song(self, box: Snapshot, heard: dict[str, str], song: dict[str, str]) -> None:
        assert box.song is not None
        assert song["file"] == box.song.uri
        assert song["file"] not in self.box.mpd.undecodable | EMPTY
        assert (int(song["id"]) in self.theirs) <= box.guest
        is_left_to_guest = box.guest and box.modes
        has_next = int(heard["playlistlength"]) > int(heard["song"]) + 1
        assert is_left_to_guest or has_next or self._is_proving(), "nothing is queued behind the song"
        assert box.guest or {heard[mode] for mode in self.box.mpd.modes} == {"0"}
        if self.promises.is_mood_clear and box.song_mood and not self.wears:
            assert box.song_mood == self._mood_heard(box)

    def _mood_heard(self, box: Snapshot) -> str:
        """Whose music must play: the hand's, else the face's; where all its songs are broken, the next."""
        wanted = box.by_hand or (box.mood.name if box.mood.name in EMOTIONS else box.song_mood)
        return neighbours(wanted)[0] if wanted == "disgust" else wanted

    def _light_due(self, box: Snapshot) -> light.State:
        """What the light must tell, by what is so."""
        is_degraded = bool(box.degraded)
        if not self.box.is_sensor_open:
            return light.State.CAMERA_OFF_DEGRADED if is_degraded else light.State.CAMERA_OFF
        if is_degraded:
            return light.State.DEGRADED
        if self.box.face in EMOTIONS:
            return light.State.SEES_YOU
        return light.State.PLAYING if box.playing is Playing.MUSIC else light.State.READY


@pytest.mark.slow
@pytest.mark.timeout(900)  # only where something fails: it is looked for the fewest steps to it
@pytest.mark.parametrize("number", SEEDS)
def test_whatever_happens_the_box_keeps_its_promises(number: int) -> None:
    run_state_machine_as_test(
        seed(number)(type("AnyEvents", (AnyEvents,), {})),
        settings=chosen_settings(
            max_examples=LIVES_OF_A_SEED,
            stateful_step_count=STEPS_OF_A_LIFE,
            database=None,
            report_multiple_bugs=False,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
