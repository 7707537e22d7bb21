"""What the LED shows: a table, and one rule that holds for every row of it."""

from __future__ import annotations

import dataclasses
import math

import pytest

from appliance.panel import light
from appliance.panel.light import DARK, PATTERNS, State
from appliance.protocol.looks import Box, Mood
from appliance.protocol.messages import Song
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

READY = Snapshot(at=0.0, mood=Mood("unsure", 0.0), playing=Playing.PAUSED, song=Song("a"))
FACE = Box(0, 0, 10, 10)

ROWS: list[tuple[dict[str, object], State]] = [
    ({}, State.READY),
    ({"playing": Playing.STOPPED}, State.READY),
    ({"playing": Playing.MUSIC}, State.PLAYING),
    ({"playing": Playing.MUSIC, "song": None}, State.STARTING),
    ({"playing": Playing.MUSIC, "box": FACE}, State.SEES_YOU),
    ({"box": FACE}, State.SEES_YOU),
    ({"playing": Playing.MUSIC, "degraded": {"mqtt": "no broker"}}, State.DEGRADED),
    ({"playing": Playing.MUSIC, "song": None, "degraded": {"player": "no MPD"}}, State.DEGRADED),
    ({"camera": CameraState.LOST, "degraded": {"camera": "unplugged"}}, State.DEGRADED),
    ({"camera": CameraState.OFF}, State.CAMERA_OFF),
    ({"playing": Playing.MUSIC, "camera": CameraState.OFF}, State.CAMERA_OFF),
    ({"playing": Playing.MUSIC, "song": None, "camera": CameraState.OFF}, State.CAMERA_OFF),
    ({"camera": CameraState.OFF, "degraded": {"player": "no MPD"}}, State.CAMERA_OFF_DEGRADED),
    # Switched off, but its device is open yet: the light follows the sensor itself.
    ({"camera": CameraState.OFF, "is_sensor_open": True}, State.READY),
    ({"camera": CameraState.OFF, "is_sensor_open": True, "degraded": {"camera": "it hangs"}}, State.DEGRADED),
    ({"camera": CameraState.OFF, "powering_off": True, "degraded": {"a": "b"}}, State.POWERING_OFF),
]


@pytest.mark.parametrize(("changes", "state"), ROWS)
def test_the_box_tells_the_first_state_that_holds(changes: dict[str, object], state: State) -> None:
    assert light.state(dataclasses.replace(READY, **changes)) is state  # type: ignore[arg-type]
    assert light.pattern(dataclasses.replace(READY, **changes)) is PATTERNS[state]  # type: ignore[arg-type]


def test_every_state_is_reached_by_some_box() -> None:
    assert {state for _, state in ROWS} == set(State) == set(PATTERNS)


@pytest.mark.parametrize("state", State)
def test_mostly_dark_means_that_the_camera_is_off_and_nothing_else(state: State) -> None:
    share = PATTERNS[state].lit_share
    if state in (State.CAMERA_OFF, State.CAMERA_OFF_DEGRADED):
        assert 0 < share < 0.2
    else:
        assert share >= 0.5


def test_no_two_states_look_alike_on_an_led_without_colours() -> None:
    rhythms = {
        tuple((beat.seconds, beat.colour != DARK) for beat in pattern.beats) for pattern in PATTERNS.values()
    }
    assert len(rhythms) == len(PATTERNS)


def test_red_is_for_camera_off_alone() -> None:
    for state, pattern in PATTERNS.items():
        is_red = any(beat.colour == light.RED for beat in pattern.beats)
        assert is_red == (state in (State.CAMERA_OFF, State.CAMERA_OFF_DEGRADED))


@pytest.mark.parametrize("state", State)
def test_a_pattern_followed_from_change_to_change_shows_its_beats_again_and_again(state: State) -> None:
    pattern, at = PATTERNS[state], 0.0
    shown: list[light.Colour] = []
    while len(shown) < 3 * len(pattern.beats) and at < math.inf:
        colour, stays_s = pattern.at(at)
        shown.append(colour)
        at += stays_s
    beats = [beat.colour for beat in pattern.beats]
    assert shown == (beats * 3 if math.isfinite(at) else beats)


def test_a_power_button_that_is_held_makes_the_light_flash_ever_faster() -> None:
    seconds = [beat.seconds for beat in light.hurry(2.2).beats]
    assert seconds[0] == 0.25
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] == 0.06
