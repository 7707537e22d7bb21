"""Buttons and lights: the same on mock pins and, where the kernel has gpio-sim, on a real GPIO device."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from panel_bench import READY, Bench, bench_of, press, settings

from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.snapshot import CameraState, Playing

PAUSE, SKIP, LED, LAMP, VOLUME = 17, 27, 24, 23, 5
TOGGLE = cmd.Toggle(source="button")

both = pytest.mark.parametrize("kind", ["mock", "gpio-sim"])


def commands(bench: Bench) -> list[Any]:
    return [said for said in bench.said if isinstance(said, cmd.Command)]


@both
def test_a_press_of_pause_toggles_when_let_go_and_is_told(kind: str) -> None:
    with bench_of(kind, settings()) as bench:
        bench.drive(PAUSE, False)
        bench.wait(0.1)
        assert bench.said == []
        bench.drive(PAUSE, True)
        bench.wait(0.1)
        assert bench.see(lambda: commands(bench) == [TOGGLE])
        told = [said for said in bench.said if isinstance(said, msg.Pressed)]
        assert [(one.button, one.long) for one in told] == [("pause", False)]


@both
def test_a_press_of_skip_skips(kind: str) -> None:
    with bench_of(kind, settings()) as bench:
        press(bench, SKIP, 0.1)
        assert bench.see(lambda: commands(bench) == [cmd.Skip(source="button")])


@both
def test_skip_held_switches_the_camera_off_while_it_is_held(kind: str) -> None:
    with bench_of(kind, settings()) as bench:
        bench.drive(SKIP, False)
        bench.wait(0.9)
        assert bench.see(lambda: commands(bench) == [cmd.ToggleCamera(source="button")])
        bench.drive(SKIP, True)
        bench.wait(0.1)
        assert len(commands(bench)) == 1


@both
def test_power_takes_three_seconds_and_flashes_and_letting_go_cancels(kind: str) -> None:
    playing = dataclasses.replace(READY, playing=Playing.MUSIC)
    with bench_of(kind, settings(), playing) as bench:
        bench.drive(PAUSE, False)
        bench.wait(1.0)
        assert bench.see(lambda: not bench.is_high(LED))  # steady until now
        bench.drive(PAUSE, True)
        bench.wait(3.5)
        assert commands(bench) == []
        assert bench.see(lambda: bench.is_high(LED))
        press(bench, PAUSE, 3.2)
        assert bench.see(lambda: commands(bench) == [cmd.PowerOff(source="button")])


@both
def test_a_bouncing_contact_makes_one_press(kind: str) -> None:
    """gpiozero #1090, #1138: lost and phantom presses with lgpio."""
    with bench_of(kind, settings()) as bench:
        for high in (False, True, False, True, False):
            bench.drive(PAUSE, high)
        bench.wait(0.2)
        for high in (True, False, True, False, True):
            bench.drive(PAUSE, high)
        bench.wait(0.1)
        assert bench.see(lambda: commands(bench) == [TOGGLE])


@both
def test_the_light_follows_the_box(kind: str) -> None:
    with bench_of(kind, settings(), dataclasses.replace(READY, playing=Playing.MUSIC)) as bench:
        assert bench.see(lambda: bench.is_high(LED))
        bench.show(dataclasses.replace(READY, camera=CameraState.OFF))
        bench.wait(1.0)
        assert bench.see(lambda: not bench.is_high(LED))


@both
def test_the_cameras_own_led_is_lit_at_once_and_dark_at_once(kind: str) -> None:
    with bench_of(kind, settings(light={"camera": LAMP})) as bench:
        assert bench.see(lambda: not bench.is_high(LAMP))
        bench.panel.sensor(True)
        assert bench.is_high(LAMP)
        bench.panel.sensor(False)
        assert not bench.is_high(LAMP)


@both
def test_a_switch_to_three_volts_works_with_a_pull_down(kind: str) -> None:
    chosen = settings(buttons={"pull": "down", "active": "high", "volume_up": VOLUME})
    with bench_of(kind, chosen) as bench:
        bench.drive(VOLUME, True)
        bench.wait(0.1)
        bench.drive(VOLUME, False)
        bench.wait(0.1)
        assert bench.see(lambda: commands(bench) == [cmd.StepVolume(5, source="button")])


@both
def test_the_panel_may_be_closed_and_opened_again(kind: str) -> None:
    for _ in range(2):
        with bench_of(kind, settings()) as bench:
            press(bench, PAUSE, 0.1)
            assert bench.see(lambda: commands(bench) == [TOGGLE])
