"""What a finger does to a button: short, long, held; and contacts that are worse than they should be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.pins import LONG as LONG_WORDS
from appliance.panel.buttons import Button, Gesture, Touch, command_for, touch_for

DEBOUNCE_S, LONG_S, POWER_S = 0.02, 0.8, 3.0
SHORT, LONG, AGAIN = Gesture.SHORT, Gesture.LONG, Gesture.AGAIN


def touch(long: str) -> Touch:
    return touch_for(long, DEBOUNCE_S, LONG_S, POWER_S)


def play(
    long: str, contacts: list[tuple[float, bool]], until: float, is_pressed: bool = False
) -> list[tuple[float, Gesture]]:
    """Move the contact at these times; the gestures, each with the time at which it came."""
    button, moves = Button(touch(long), is_pressed), list(contacts)
    came: list[tuple[float, Gesture]] = []
    while True:
        times = [at for at in (moves[0][0] if moves else None, button.due()) if at is not None]
        now = min(times, default=math.inf)
        if now > until:
            return came
        gestures = button.feel(moves.pop(0)[1], now) if moves and moves[0][0] == now else button.turn(now)
        came += [(now, gesture) for gesture in gestures]


def gestures(long: str, contacts: list[tuple[float, bool]], until: float = 60.0) -> list[Gesture]:
    return [gesture for _, gesture in play(long, contacts, until)]


def test_a_short_press_acts_on_release() -> None:
    assert play("like", [(1.0, True)], until=1.5) == []
    assert play("like", [(1.0, True), (1.5, False)], until=60) == [(1.5 + DEBOUNCE_S, SHORT)]


def test_a_long_press_acts_while_held_and_its_release_does_nothing() -> None:
    assert play("like", [(1.0, True), (9.0, False)], until=60) == [(1.0 + LONG_S, LONG)]


def test_without_a_long_function_any_press_is_short() -> None:
    assert gestures("nothing", [(1.0, True), (9.0, False)]) == [SHORT]


def test_holding_for_three_seconds_powers_off() -> None:
    assert play("power_off", [(1.0, True), (9.0, False)], until=60) == [(1.0 + POWER_S, LONG)]


def test_letting_go_before_three_seconds_cancels_and_is_no_short_press_either() -> None:
    assert gestures("power_off", [(1.0, True), (3.9, False)]) == []
    assert gestures("power_off", [(1.0, True), (1.5, False)]) == [SHORT]


def test_volume_goes_on_while_its_button_is_held() -> None:
    assert gestures("volume_up", [(1.0, True), (1.0 + LONG_S + 0.6, False)]) == [LONG, AGAIN, AGAIN]


def test_a_button_held_or_stuck_at_the_start_does_nothing_until_it_is_let_go() -> None:
    assert play("power_off", [], until=60, is_pressed=True) == []
    assert play("power_off", [(50.0, False)], until=60, is_pressed=True) == []
    assert play("power_off", [(5.0, False), (6.0, True), (6.1, False)], until=60, is_pressed=True) == [
        (6.1 + DEBOUNCE_S, SHORT)
    ]


def test_a_spark_on_the_wire_is_no_press() -> None:
    assert gestures("like", [(1.0, True), (1.005, False), (2.0, True), (2.019, False)]) == []


bounces = st.lists(st.floats(min_value=0.0005, max_value=DEBOUNCE_S / 2), max_size=12)


@given(bounces, bounces, st.floats(min_value=0.2, max_value=2.0))
def test_a_contact_that_bounces_makes_one_press(down: list[float], up: list[float], held_s: float) -> None:
    """gpiozero #550, #1090: with its own bounce time, presses are lost or invented."""
    moves, at = [(1.0, True)], 1.0
    for pressed, gaps, begins in ((True, down, 1.0), (False, up, 1.5 + held_s)):
        at = begins
        moves += [] if pressed else [(at, False)]
        for gap in gaps:
            for is_closed in (not pressed, pressed):
                at += gap
                moves.append((at, is_closed))
    assert gestures("nothing", moves) == [SHORT]


def test_a_thread_that_wakes_late_still_knows_a_short_press_from_a_long_one() -> None:
    """gpiozero #697: a hold that is told after the button was released."""
    button = Button(touch("power_off"), False)
    assert button.feel(True, 1.0) + button.feel(False, 1.2) + button.turn(9.0) == [SHORT]


def test_an_edge_that_got_lost_is_made_good_by_the_next_look_at_the_pin() -> None:
    """A released button whose edge was lost must not power the box off."""
    button = Button(touch("power_off"), False)
    button.feel(True, 1.0)
    assert button.feel(True, 1.1) == []
    assert button.feel(False, 3.5) == []  # the edge never came, but the pin says so
    assert button.turn(60.0) == []


def test_since_when_a_button_is_held_is_known_only_while_it_is() -> None:
    button = Button(touch("power_off"), False)
    button.feel(True, 1.0)
    button.turn(2.0)
    assert button.held_since == 1.0
    button.feel(False, 2.6)
    assert button.held_since is None


@pytest.mark.parametrize("function", LONG_WORDS)
def test_every_function_in_the_settings_is_a_command_from_a_button(function: str) -> None:
    command = command_for(function, 5)
    assert (command is None) == (function == "nothing")
    assert command is None or command.source == "button"
