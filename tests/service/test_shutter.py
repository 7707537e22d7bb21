"""Camera off goes past the loop; everything else about it goes through the inbox, in order."""

from __future__ import annotations

import pytest
from brain_room import Room

from appliance.errors import CommandRejected
from appliance.protocol.commands import Skip, SwitchCamera, ToggleCamera
from appliance.protocol.snapshot import CameraState
from appliance.service.inbox import MOST_WAITING, Inbox
from appliance.service.shutter import Shutter, at_once


class Eyes:
    def __init__(self) -> None:
        self.is_open = True

    def pause(self, timeout_s: float) -> bool:
        self.is_open = False
        return True

    def resume(self) -> None:
        self.is_open = True


class Bench:
    """A loop that takes its letters when the test says so."""

    def __init__(self) -> None:
        self.kept: list[bool] = []
        self.eyes, self.inbox = Eyes(), Inbox()
        self.shutter = Shutter(self.kept.append)
        self.shutter.attach(self.eyes)

    def press(self, on: bool) -> None:
        event = SwitchCamera(on=on)
        with self.shutter.ahead_of(event):
            self.inbox.put(event)

    def turn(self) -> None:
        """As the service does for each letter."""
        letter = self.inbox.get(0.0)
        assert letter
        assert isinstance(letter.event, SwitchCamera)
        self.shutter.open() if letter.event.on else self.shutter.close()
        self.shutter.keep(letter.event.on)
        self.shutter.passed(letter.event)


def test_off_is_kept_and_the_camera_closed_before_the_loop_turns() -> None:
    bench = Bench()
    bench.press(on=False)
    assert (bench.kept, bench.eyes.is_open, bench.shutter.is_closing) == ([False], False, True)
    bench.turn()
    assert (bench.eyes.is_open, bench.shutter.is_closing) == (False, False)


def test_an_on_that_waited_before_the_off_opens_nothing_and_one_after_it_does() -> None:
    bench = Bench()
    for on in (True, False, True):
        bench.press(on)
    assert not bench.eyes.is_open
    bench.turn()
    assert not bench.eyes.is_open
    assert bench.kept == [False]
    bench.turn()
    bench.turn()
    assert bench.eyes.is_open
    assert bench.kept[-1] is True


def test_a_flood_of_other_commands_keeps_no_camera_open() -> None:
    bench = Bench()
    for _ in range(MOST_WAITING):
        bench.inbox.put(Skip())
    with pytest.raises(CommandRejected):
        bench.inbox.put(Skip())
    bench.press(on=False)
    assert not bench.eyes.is_open


def test_a_flood_of_offs_is_refused_at_last_and_blocks_nothing() -> None:
    bench = Bench()
    for _ in range(2 * MOST_WAITING):
        bench.press(on=False)
    with pytest.raises(CommandRejected):
        bench.press(on=False)
    for _ in range(2 * MOST_WAITING):
        bench.turn()
    bench.press(on=True)
    bench.turn()
    assert bench.eyes.is_open


def test_a_box_without_eyes_in_safe_mode_keeps_the_choice_all_the_same() -> None:
    kept: list[bool] = []
    shutter = Shutter(kept.append)
    with shutter.ahead_of(SwitchCamera(on=False)):
        pass
    shutter.open()
    assert kept == [False]


def test_a_press_for_the_other_state_that_means_off_is_one_before_the_loop_turns() -> None:
    """Left to the brain alone it would wait for an MPD that hangs; and quiet hours that close the camera
    meanwhile would make an "on" of it."""
    press = ToggleCamera(source="button")
    assert at_once(press, is_shown_off=False) == SwitchCamera(False, source="button")
    assert at_once(press, is_shown_off=True) is press


def test_two_presses_for_the_other_state_while_the_loop_hangs_are_an_off_and_an_on() -> None:
    bench, room = Bench(), Room().connect()
    for _ in range(2):
        event = at_once(ToggleCamera(), is_shown_off=bench.shutter.is_closing)
        with bench.shutter.ahead_of(event):
            bench.inbox.put(event)
    assert not bench.eyes.is_open
    while letter := bench.inbox.get(0.0):
        room.tell(letter.event)
    assert room.snapshot.camera is CameraState.ON
