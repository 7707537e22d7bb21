"""The way to the pins: which machine has any, which chip they are on, and lgpio's odd ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from appliance.errors import PanelLost
from appliance.panel import gpio

PC = "processor\t: 0\nvendor_id\t: GenuineIntel\n"
PI = "processor\t: 0\nModel\t\t: Raspberry Pi 4\nRevision\t: c03111\n"

IMPORT = """
import os, sys
os.chdir(sys.argv[1])
os.environ.pop("LG_WD", None)
from appliance.panel import gpio
gpio.import_lgpio()
from gpiozero.pins.lgpio import LGPIOFactory
print(os.getcwd(), os.environ.get("LG_WD"))
"""


@pytest.mark.parametrize(("cpuinfo", "board"), [(PC, False), (PI, True)])
def test_a_raspberry_pi_is_known_by_its_revision(cpuinfo: str, board: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert gpio.is_board(tmp_path) is board


def test_a_pi_5_is_known_by_its_device_tree(tmp_path: Path) -> None:
    (tmp_path / "device-tree/system").mkdir(parents=True)
    (tmp_path / "device-tree/system/linux,revision").write_bytes(b"\x00\xc0\x41\x70")
    assert gpio.is_board(tmp_path)


@pytest.mark.parametrize(
    ("choice", "board", "wanted"),
    [("auto", False, False), ("auto", True, True), ("lgpio", False, True), ("none", True, False)],
)
def test_a_pcs_own_gpio_chips_are_let_alone_unless_they_are_asked_for(
    choice: str, board: bool, wanted: bool, tmp_path: Path
) -> None:
    (tmp_path / "cpuinfo").write_text(PI if board else PC)
    assert gpio.is_wanted(choice, tmp_path) is wanted


def test_without_a_chip_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(PanelLost, match=r'no GPIO .* set gpio.factory to "none"'):
        gpio.header_chip(gpio.chips(tmp_path))


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        (["pinctrl-bcm2711", "raspberrypi-exp-gpio"], 0),  # Pi 4
        (["gpio-brcmstb@107d508500"] * 4 + ["pinctrl-rp1"], 4),  # Pi 5, kernel 6.6.20
        (["pinctrl-rp1", "gpio-brcmstb@107d508500"], 0),  # Pi 5, kernel 6.6.45
        (["something-else"], 0),
    ],
)
def test_the_header_is_found_whatever_number_the_kernel_gives_it(
    labels: list[str], number: int, tmp_path: Path
) -> None:
    """Phoniebox #2313, #2597: it moved with kernel 6.6 and the Pi 5."""
    for index in range(len(labels)):
        (tmp_path / f"gpiochip{index}").touch()
    chips = gpio.chips(tmp_path)
    by_path = dict(zip(chips, labels, strict=True))
    assert gpio.header_chip(chips, lambda chip: by_path[chip]).name == f"gpiochip{number}"


def test_a_file_that_is_no_chip_has_no_label_and_no_holder(tmp_path: Path) -> None:
    chip = tmp_path / "gpiochip0"
    assert (gpio.label(chip), gpio.holder(chip, 17)) == ("", None)
    chip.touch()
    assert (gpio.label(chip), gpio.holder(chip, 17)) == ("", None)


def test_lgpio_leaves_no_pipe_and_no_other_working_directory(tmp_path: Path) -> None:
    """gpiozero #1106, #1130: under systemd the working directory is not writable."""
    pytest.importorskip("lgpio", reason="lgpio is not installed")
    root = Path(__file__).resolve().parents[2]
    runtime = tmp_path / "runtime"
    here = tmp_path / "here"
    runtime.mkdir()
    here.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, str(here)],
        env={"PYTHONPATH": str(root), "RUNTIME_DIRECTORY": str(runtime)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [str(here), "None"]
    assert [*here.iterdir(), *runtime.iterdir()] == []


def test_busy_says_what_to_do() -> None:
    """Phoniebox #2575."""
    text = gpio.explain("buttons.dial", (5, 6), Exception("'GPIO busy'"))
    assert text.startswith("buttons.dial: GPIO 5 and 6 is busy: ")
    assert text.endswith(": stop that, or choose another pin")
