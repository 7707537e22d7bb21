"""A panel on the bench: fingers on its buttons, eyes on its lights.

Two of them with one face: gpiozero's own mock pins with a clock that stands still until it is moved, and a
real GPIO character device, made by the kernel's gpio-sim, through lgpio, in real time.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from appliance import config
from appliance.config import Config
from appliance.config.pins import used
from appliance.errors import CommandRejected
from appliance.panel import Panel, gpio
from appliance.protocol.commands import Command
from appliance.protocol.looks import Mood
from appliance.protocol.messages import PartChanged, Pressed, Song
from appliance.protocol.snapshot import Playing, Snapshot

READY = Snapshot(at=0.0, mood=Mood("unsure", 0.0), playing=Playing.PAUSED, song=Song("a"))
CONFIGFS = Path("/sys/kernel/config/gpio-sim")


def settings(**tables: Any) -> Config:
    return config.check(tables, "test")


class Bench(Protocol):
    """What both benches can do."""

    panel: Panel
    said: list[Command | PartChanged | Pressed]

    def drive(self, pin: int, high: bool) -> None:
        """Put a level on an input."""
        ...

    def is_high(self, pin: int) -> bool:
        """The level of an output."""
        ...

    def wait(self, seconds: float) -> None:
        """Time passes."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """The box is like this now."""
        ...

    def see(self, is_so: Callable[[], bool]) -> bool:
        """Whether it comes to be so, in a few seconds at most."""
        ...


def press(bench: Bench, pin: int, seconds: float) -> None:
    """A finger on a button that pulls its pin to ground."""
    bench.drive(pin, False)
    bench.wait(seconds)
    bench.drive(pin, True)
    bench.wait(0.1)


class MockBench:
    """gpiozero's mock pins; the clock stands still until `wait`."""

    def __init__(
        self,
        chosen: Config,
        snapshot: Snapshot = READY,
        factory: MockFactory | None = None,
        trouble: Exception | None = None,
    ) -> None:
        """trouble: raised instead of giving the factory, while it is there."""
        self.now = 1000.0
        self.said: list[Command | PartChanged | Pressed] = []
        self.factory = factory or MockFactory(pin_class=MockPWMPin)
        self.trouble = trouble
        self.is_refusing = False
        self.panel = Panel(chosen, self._take, snapshot, self._open, lambda: self.now)
        self._due = self.panel.turn(self.now)

    def _take(self, event: Command | PartChanged | Pressed) -> None:
        if self.is_refusing and isinstance(event, Command):
            raise CommandRejected("not now")
        self.said.append(event)

    def drive(self, pin: int, high: bool) -> None:
        wire = self.factory.pin(pin)
        (wire.drive_high if high else wire.drive_low)()
        self._due = self.panel.turn(self.now)

    def is_high(self, pin: int) -> bool:
        return bool(self.factory.pin(pin).state)

    def level(self, pin: int) -> float:
        return float(self.factory.pin(pin).state)

    def show(self, snapshot: Snapshot) -> None:
        self.panel.show(snapshot)
        self._due = self.panel.turn(self.now)

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due is not None and self._due <= end:
            self.now = max(self.now, self._due)
            self._due = self.panel.turn(self.now)
        self.now = end

    def see(self, is_so: Callable[[], bool]) -> bool:
        self.wait(0.0)
        return is_so()

    def _open(self) -> Any:
        if self.trouble:
            raise self.trouble
        return self.factory

    def close(self) -> None:
        self.panel.close()
        self.factory.reset()


class SimBench:
    """A chip of 28 lines made by gpio-sim, through lgpio, with the panel's own thread turning it."""

    def __init__(self, chosen: Config, snapshot: Snapshot = READY) -> None:
        self.chip = SimChip()
        self.said: list[Command | PartChanged | Pressed] = []
        self.panel = Panel(chosen, self.said.append, snapshot, self._open)
        self.panel.start()
        pins = [pin for _, pin in used(chosen.model_dump())]
        assert self.see(lambda: all(self.chip.is_held(pin) for pin in pins)), "the panel opened its pins"

    def drive(self, pin: int, high: bool) -> None:
        self.chip.drive(pin, high)

    def is_high(self, pin: int) -> bool:
        return self.chip.is_high(pin)

    def show(self, snapshot: Snapshot) -> None:
        self.panel.show(snapshot)

    def wait(self, seconds: float) -> None:
        threading.Event().wait(seconds)  # the finger, or the eye, takes its time

    def see(self, is_so: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 5.0
        while not is_so() and time.monotonic() < deadline:
            self.wait(0.005)
        return is_so()

    def _open(self) -> Any:
        gpio.import_lgpio()
        return gpio.make_factory(self.chip.number)

    def close(self) -> None:
        self.panel.close()
        self.chip.close()


class SimChip:
    """https://docs.kernel.org/admin-guide/gpio/gpio-sim.html"""

    def __init__(self) -> None:
        self._folder = CONFIGFS / f"moodbox-{os.getpid()}"
        bank = self._folder / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("28")
        (self._folder / "live").write_text("1")
        chip = (bank / "chip_name").read_text().strip()
        device = (self._folder / "dev_name").read_text().strip()
        self.number = int(chip.removeprefix("gpiochip"))
        self._lines = Path("/sys/devices/platform") / device / chip

    def drive(self, pin: int, high: bool) -> None:
        (self._lines / f"sim_gpio{pin}" / "pull").write_text("pull-up" if high else "pull-down")

    def is_high(self, pin: int) -> bool:
        return (self._lines / f"sim_gpio{pin}" / "value").read_text().strip() == "1"

    def is_held(self, pin: int) -> bool:
        return gpio.holder(Path(f"/dev/gpiochip{self.number}"), pin) is not None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            (self._folder / "live").write_text("0")
        (self._folder / "bank0").rmdir()
        self._folder.rmdir()


def sim_or_skip() -> None:
    """Skip, by name, where the kernel does not offer gpio-sim."""
    if not CONFIGFS.is_dir():
        with contextlib.suppress(OSError):
            subprocess.run(["modprobe", "gpio-sim"], capture_output=True, check=False)
            subprocess.run(["mount", "-t", "configfs", "none", "/sys/kernel/config"], capture_output=True)
    if not CONFIGFS.is_dir():
        pytest.skip("gpio-sim: this kernel does not offer it, or we may not use it")


@contextlib.contextmanager
def bench_of(kind: str, chosen: Config, snapshot: Snapshot = READY) -> Iterator[Bench]:
    if kind == "gpio-sim":
        sim_or_skip()
    bench = SimBench(chosen, snapshot) if kind == "gpio-sim" else MockBench(chosen, snapshot)
    try:
        yield bench
    finally:
        bench.close()


BRIEF_S = 0.1


class Finger:
    """On the buttons of a box, each of which pulls its pin to ground."""

    def __init__(self, pins: MockFactory) -> None:
        self._pins = pins

    def press(self, pin: int, seconds: float = BRIEF_S) -> None:
        self._pins.pin(pin).drive_low()
        threading.Event().wait(seconds)  # a finger takes its time
        self._pins.pin(pin).drive_high()
        threading.Event().wait(BRIEF_S)  # and is not back within the debounce time


class FaultyPin(MockPWMPin):  # type: ignore[misc]
    def _get_state(self) -> Any:
        self.factory.check()
        return super()._get_state()

    def _set_state(self, value: Any) -> None:
        self.factory.check()
        super()._set_state(value)


class Faulty(MockFactory):  # type: ignore[misc]
    """Pins that fail as lgpio's do: with a bare Exception that quotes its text."""

    def __init__(self, busy: int | None = None) -> None:
        super().__init__(pin_class=FaultyPin)
        self.busy = busy
        self.is_lost = False

    def pin(self, name: Any, *arguments: Any, **named: Any) -> Any:
        if name == self.busy:
            raise Exception("'GPIO busy'")
        return super().pin(name, *arguments, **named)

    def check(self) -> None:
        if self.is_lost:
            raise Exception("'bad GPIO handle'")
