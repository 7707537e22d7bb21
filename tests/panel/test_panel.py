"""The panel in detail, on mock pins with a clock that stands still: every wiring, and pins that go wrong."""

from __future__ import annotations

import dataclasses
import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from panel_bench import READY, Faulty, MockBench, press, settings

from appliance.camera import Camera
from appliance.config import Config
from appliance.errors import CameraLost, CommandRejected, PanelLost
from appliance.panel import Panel, light
from appliance.panel.dial import Turning
from appliance.protocol import commands as cmd
from appliance.protocol import messages as msg
from appliance.protocol.looks import Frame
from appliance.protocol.messages import PartChanged
from appliance.protocol.snapshot import CameraState, Playing, Snapshot

PAUSE, SKIP, LED, LAMP, LIKE = 17, 27, 24, 23, 5
PLAYING = dataclasses.replace(READY, playing=Playing.MUSIC)


@contextmanager
def mock_bench(chosen: Config | None = None, snapshot: Snapshot = READY, **more: Any) -> Iterator[MockBench]:
    bench = MockBench(chosen or settings(), snapshot, **more)
    try:
        yield bench
    finally:
        bench.close()


def commands(bench: MockBench) -> list[Any]:
    return [said for said in bench.said if isinstance(said, cmd.Command)]


def reasons(bench: MockBench) -> list[str | None]:
    return [said.reason for said in bench.said if isinstance(said, PartChanged)]


# --- what is refused -------------------------------------------------------------------------------------


def lit_s(bench: MockBench, seconds: float) -> float:
    """For how many seconds the light is lit in that time."""
    lit = 0
    for _ in range(round(seconds * 50)):
        bench.wait(0.02)
        lit += bench.is_high(LED)
    return lit / 50


def test_a_finger_whose_order_is_refused_is_told_by_the_light_for_a_moment() -> None:
    with mock_bench(settings(buttons={"like": {"pin": LIKE}}), PLAYING) as bench:
        press(bench, LIKE, 0.1)
        assert lit_s(bench, 1.2) == pytest.approx(1.2)
        bench.is_refusing = True
        press(bench, LIKE, 0.1)
        assert 0.6 < lit_s(bench, 1.2) < 1.1  # it shakes its head, mostly lit
        assert lit_s(bench, 1.2) == pytest.approx(1.2)


def test_a_refusal_cannot_be_mistaken_for_a_camera_that_looks() -> None:
    off = dataclasses.replace(PLAYING, camera=CameraState.OFF, is_sensor_open=False)
    with mock_bench(settings(buttons={"like": {"pin": LIKE}}), off) as bench:
        bench.is_refusing = True
        press(bench, LIKE, 0.1)
        assert 0.1 < lit_s(bench, 1.2) < 0.5


# --- wirings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pull", "active", "rest"),
    [
        ("up", "low", True),
        ("down", "high", False),
        ("none", "low", True),
        ("none", "high", False),
        ("up", "high", False),  # a contact that opens when it is pressed
        ("down", "low", True),
    ],
)
def test_a_press_is_a_press_however_the_button_is_wired(pull: str, active: str, rest: bool) -> None:
    chosen = settings(buttons={"pull": pull, "active": active})
    with mock_bench(chosen) as bench:
        for level in (rest, not rest):
            bench.drive(SKIP, level)
            bench.wait(0.3)
        assert commands(bench) == []
        bench.drive(SKIP, rest)
        bench.wait(0.3)
        assert commands(bench) == [cmd.Skip(source="button")]


@pytest.mark.parametrize("active", ["high", "low"])
def test_an_led_may_be_lit_by_either_level(active: str) -> None:
    with mock_bench(settings(light={"active": active}), PLAYING) as bench:
        assert bench.is_high(LED) is (active == "high")


@pytest.mark.parametrize(("active", "levels"), [("high", (0, 0.5, 0)), ("low", (1, 0.5, 1))])
def test_an_rgb_led_shows_the_colour_at_the_brightness_chosen(active: str, levels: tuple[float, ...]) -> None:
    pins = {"red": 5, "green": 6, "blue": 13}
    with mock_bench(settings(light={"active": active, "brightness": 0.5, **pins}), PLAYING) as bench:
        assert tuple(bench.level(pin) for pin in pins.values()) == levels


def test_the_dial_changes_the_volume_one_way_and_the_other() -> None:
    with mock_bench(settings(buttons={"dial": {"a": 5, "b": 6}})) as bench:
        for pin, high in ((5, False), (6, False), (5, True), (6, True)):
            bench.drive(pin, high)
        for pin, high in ((6, False), (5, False), (6, True), (5, True)):
            bench.drive(pin, high)
        assert [command.by for command in commands(bench)] == [5, -5]


QUARTERS = ((5, False), (6, False), (5, True), (6, True))
"""Clockwise, from where both contacts are open."""


@pytest.mark.parametrize("per_click", [4, 2, 1])
def test_every_click_of_a_dial_counts_once_however_many_steps_it_has(per_click: int) -> None:
    with mock_bench(settings(buttons={"dial": {"a": 5, "b": 6, "steps_per_click": per_click}})) as bench:
        for click in range(8):
            for step in range(click * per_click, (click + 1) * per_click):
                bench.drive(*QUARTERS[step % 4])
            assert [command.by for command in commands(bench)] == [5] * (click + 1)


def test_a_dial_that_trembles_between_two_clicks_counts_nothing() -> None:
    with mock_bench(settings(buttons={"dial": {"a": 5, "b": 6, "steps_per_click": 2}})) as bench:
        for _ in range(5):
            bench.drive(5, False)
            bench.drive(5, True)
        assert commands(bench) == []


def test_a_dial_that_rests_with_its_contacts_closed_begins_without_a_click() -> None:
    turning = Turning(2)
    turning.rest(True, True)
    assert [turning.feel(False, True), turning.feel(False, False)] == [0, 1]


def test_volume_goes_on_while_its_button_is_held() -> None:
    with mock_bench(settings(buttons={"volume_down": 5, "volume_step": 2})) as bench:
        press(bench, 5, 0.8 + 0.6)
        assert commands(bench) == [cmd.StepVolume(-2, source="button")] * 3
        assert [said.long for said in bench.said if isinstance(said, msg.Pressed)] == [True]


def test_a_button_may_choose_a_mood() -> None:
    with mock_bench(settings(buttons={"mood": {"pin": 5, "short": "happy"}})) as bench:
        press(bench, 5, 0.1)
        assert commands(bench) == [cmd.ChooseMood("happy", source="button")]


# --- light -----------------------------------------------------------------------------------------------


def test_the_led_flashes_ever_faster_while_power_is_held() -> None:
    with mock_bench(snapshot=PLAYING) as bench:
        bench.drive(PAUSE, False)
        bench.factory.pin(LED).clear_states()
        start, changes, level = bench.now, [], True
        while bench.now < start + 3.0:
            bench.wait(0.01)
            if bench.is_high(LED) is not level:
                level = not level
                changes.append(bench.now - start)
        gaps = [later - earlier for earlier, later in itertools.pairwise(changes)]
        assert changes[0] == pytest.approx(0.8, abs=0.02)
        assert gaps[0] > 3 * gaps[-1]


def test_once_power_was_held_for_long_enough_the_light_tells_what_the_box_does_then() -> None:
    with mock_bench(snapshot=PLAYING) as bench:
        bench.drive(PAUSE, False)
        bench.wait(3.1)
        assert commands(bench) == [cmd.PowerOff(source="button")]
        bench.wait(30.0)
        assert light_seen(bench, 5.0) == 1.0  # it cannot switch itself off, and plays on
        bench.show(dataclasses.replace(PLAYING, powering_off=True))
        assert light_seen(bench, 5.0) == pytest.approx(0.5, abs=0.15)
        assert commands(bench) == [cmd.PowerOff(source="button")]


def test_a_release_whose_edge_got_lost_does_not_power_the_box_off() -> None:
    with mock_bench(snapshot=PLAYING) as bench:
        bench.drive(PAUSE, False)
        bench.wait(1.0)
        bench.factory.pin(PAUSE)._change_state(True)  # the kernel's queue of edges was full
        bench.wait(10.0)
        assert commands(bench) == []


def test_a_stuck_power_button_at_start_neither_flashes_nor_powers_off() -> None:
    with mock_bench(settings(buttons={"pull": "none"}), PLAYING) as bench:  # a mock pin rests at low
        bench.wait(60.0)
        assert commands(bench) == []
        assert bench.is_high(LED)


def test_the_camera_led_is_lit_exactly_while_the_device_is_open() -> None:
    """Before it is opened, until it is closed: also when it fails to open, dies, or is read no more."""
    seen: list[tuple[str, bool]] = []

    class Device:
        def __init__(self) -> None:
            seen.append(("open", bench.is_high(LAMP)))

        def grab(self, due: float) -> Frame:
            seen.append(("grab", bench.is_high(LAMP)))
            raise CameraLost("unplugged")

        def close(self) -> None:
            seen.append(("close", bench.is_high(LAMP)))

    with mock_bench(settings(light={"camera": LAMP})) as bench:
        assert not bench.is_high(LAMP)
        camera = Camera(lambda closing: Device(), sensor=bench.panel.sensor)
        with pytest.raises(CameraLost, match="unplugged"):
            camera.read()
        assert camera.close()
        assert seen == [("open", True), ("grab", True), ("close", True)]
        assert not bench.is_high(LAMP)


def test_a_camera_that_hangs_while_closing_keeps_its_led_lit() -> None:
    let_go = threading.Event()

    class Hanging:
        def grab(self, due: float) -> Frame:
            raise CameraLost("gone")

        def close(self) -> None:
            let_go.wait()

    with mock_bench(settings(light={"camera": LAMP})) as bench:
        camera = Camera(lambda closing: Hanging(), sensor=bench.panel.sensor)
        assert not camera.close(timeout_s=0.1)
        bench.panel.sensor(True)  # another try beside it
        bench.panel.sensor(False)
        assert bench.is_high(LAMP)
        let_go.set()
        assert camera.close()
        assert not bench.is_high(LAMP)


def test_lights_go_out_at_the_end() -> None:
    with mock_bench(settings(light={"camera": LAMP}), PLAYING) as bench:
        bench.panel.sensor(True)
        bench.panel.close()
        assert (bench.factory.pin(LED).state, bench.factory.pin(LAMP).state) == (False, False)


# --- pins that go wrong ----------------------------------------------------------------------------------


def test_one_busy_pin_is_named_with_the_remedy_and_costs_nothing_else() -> None:
    """Phoniebox #2575: GPIO busy."""
    with mock_bench(snapshot=PLAYING, factory=Faulty(busy=SKIP)) as bench:
        (reason,) = reasons(bench)
        assert reason is not None
        assert reason.startswith("buttons.skip: GPIO 27 is busy")
        assert "choose another pin" in reason
        press(bench, PAUSE, 0.1)
        assert commands(bench) == [cmd.Toggle(source="button")]
        assert bench.is_high(LED)


def test_a_pin_that_is_free_again_works_without_a_restart() -> None:
    factory = Faulty(busy=SKIP)
    with mock_bench(factory=factory) as bench:
        bench.wait(20.0)
        assert len(reasons(bench)) == 1  # told once, not at every try
        factory.busy = None
        bench.wait(30.0)
        assert reasons(bench)[1:] == [None]
        press(bench, SKIP, 0.1)
        assert commands(bench) == [cmd.Skip(source="button")]


def test_without_a_way_to_the_pins_the_reason_is_told_and_it_heals() -> None:
    with mock_bench(snapshot=PLAYING, trouble=PanelLost("/dev/gpiochip0: not allowed")) as bench:
        bench.wait(100.0)
        assert reasons(bench) == ["/dev/gpiochip0: not allowed"]
        bench.trouble = None
        bench.wait(30.0)
        assert reasons(bench)[1:] == [None]
        assert bench.is_high(LED)


def test_pins_that_die_in_mid_run_are_told_and_come_back() -> None:
    factory = Faulty()
    chosen = settings(light={"camera": LAMP})
    with mock_bench(chosen, dataclasses.replace(PLAYING, song=None), factory=factory) as bench:
        bench.panel.sensor(True)
        factory.is_lost = True
        bench.wait(1.0)
        assert "bad GPIO handle" in (reasons(bench)[0] or "")
        assert None not in reasons(bench)
        bench.panel.sensor(True)  # the camera goes on without its LED
        factory.is_lost = False
        bench.wait(30.0)
        assert reasons(bench)[-1] is None
        assert bench.is_high(LAMP)
        press(bench, PAUSE, 0.1)
        assert commands(bench) == [cmd.Toggle(source="button")]


def test_a_box_too_busy_to_take_a_command_loses_that_press_only() -> None:
    taken: list[Any] = []

    def put(event: Any) -> None:
        if len(taken) < 2:
            taken.append(event)
            raise CommandRejected("1000 commands are waiting already")
        taken.append(event)

    with mock_bench() as bench:
        bench.panel._put = put
        press(bench, SKIP, 0.1)
        press(bench, SKIP, 0.1)
        assert taken[-1] == cmd.Skip(source="button")


def test_its_own_thread_turns_it_and_ends() -> None:
    said: list[Any] = []
    arrived = threading.Event()

    def put(event: Any) -> None:
        said.append(event)
        if isinstance(event, cmd.Skip):
            arrived.set()

    factory = MockFactory(pin_class=MockPWMPin)
    opened = threading.Event()

    def open_factory() -> MockFactory:
        opened.set()
        return factory

    button = factory.pin(SKIP)  # before the panel's thread makes it, too
    panel = Panel(settings(), put, READY, open_factory)
    panel.start()
    try:
        assert opened.wait(5)
        deadline = time.monotonic() + 10
        while not arrived.is_set() and time.monotonic() < deadline:
            button.drive_low() if button.state else button.drive_high()
            arrived.wait(0.1)
        assert arrived.is_set()
    finally:
        panel.close()
        factory.reset()
    assert not [thread for thread in threading.enumerate() if thread.name == "panel"]


# --- an hour -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_after_an_hour_of_random_presses_and_changes_the_light_agrees_with_the_box(seed: int) -> None:
    chance = random.Random(seed)
    boxes = [dataclasses.replace(READY, **changes) for changes in CHANGES]
    box = boxes[0]
    with mock_bench(snapshot=box) as bench:
        end = bench.now + 3600
        while bench.now < end:
            if chance.random() < 0.5:
                bench.drive(chance.choice((PAUSE, SKIP)), chance.random() < 0.5)
            else:
                box = chance.choice(boxes)
                bench.show(box)
            bench.wait(chance.choice((0.001, 0.01, 0.1, 1.0, 5.0)))
        for pin in (PAUSE, SKIP):
            bench.drive(pin, True)
        bench.wait(1.0)
        bench.said.clear()
        assert light_seen(bench, 12.0) == pytest.approx(light.pattern(box).lit_share, abs=0.1)
        press(bench, SKIP, 0.1)
        assert commands(bench) == [cmd.Skip(source="button")]


CHANGES: list[dict[str, Any]] = [
    {},
    {"playing": Playing.MUSIC},
    {"camera": CameraState.OFF},
    {"playing": Playing.MUSIC, "degraded": {"mqtt": "no broker"}},
    {"playing": Playing.MUSIC, "song": None},
]


def light_seen(bench: MockBench, seconds: float) -> float:
    """The share of the time in which the LED was lit."""
    lit, steps = 0, round(seconds / 0.05)
    for _ in range(steps):
        bench.wait(0.05)
        lit += bench.is_high(LED)
    return lit / steps
