"""The way to the pins of the header: the board, its GPIO chip, the pin factory, and what is wrong in words.

The factory is chosen here and handed to every device; gpiozero's own choice depends on what happens to be
installed, and on a Pi 5 or a kernel from 6.6 on only lgpio works (Phoniebox #2313, #2597).
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import struct
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from appliance.errors import PanelLost

log = logging.getLogger(__name__)

HEADER_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Labels of the chips that the header is on: Pi 5; Pi 4; all before. Their numbers differ by kernel."""
GET_CHIPINFO = 0x8044B401
"""ioctl of linux/gpio.h; fills name[32], label[32], lines."""
GET_LINEINFO = 0xC100B405
"""Version 2, kernels from 5.10; name[32], consumer[32], offset, num_attrs, flags, …; 256 bytes."""
LINE_USED = 1
PI_4 = 0xC03111
"""The Pi 4's revision code, taken for a machine that has none: its header has 40 pins."""


def is_board(proc: Path = Path("/proc")) -> bool:
    """Whether this is a Raspberry Pi. A PC has GPIO chips too, which are none of our business."""
    if (proc / "device-tree/system/linux,revision").exists():
        return True
    try:
        return bool(re.search(r"^Revision\s*:\s*\w", (proc / "cpuinfo").read_text(), re.MULTILINE))
    except OSError:
        return False


def is_wanted(choice: str, proc: Path = Path("/proc")) -> bool:
    """Whether there are pins to open. choice: `gpio.factory` of the settings."""
    return choice == "lgpio" or (choice == "auto" and is_board(proc))


def import_lgpio() -> Any:
    """Import lgpio, which is for a process's one main thread, early.

    On import it makes a pipe in $LG_WD, else in the working directory, which under systemd is not writable
    (gpiozero #1106, #1130); with LG_WD it leaves the whole process in that directory. Both are put right: the
    pipe is open at both ends by then and needs no name, and we go back to where we were.
    Raises ImportError, or OSError when there is no place for the pipe.
    """
    if "lgpio" in sys.modules:
        return sys.modules["lgpio"]
    here, before = os.getcwd(), os.environ.get("LG_WD")
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    with tempfile.TemporaryDirectory(prefix="lgpio-", dir=runtime or None) as folder:
        os.environ["LG_WD"] = folder
        os.chdir(folder)  # for versions that do not know LG_WD
        try:
            import lgpio
        finally:
            os.chdir(here)
            del os.environ["LG_WD"]
            if before is not None:
                os.environ["LG_WD"] = before
    return lgpio


def open_factory() -> Any:
    """gpiozero's factory for the header's pins, on lgpio. Raises PanelLost, which says what to do."""
    chip = header_chip(chips())
    try:
        import_lgpio()
        return make_factory(int(chip.name.removeprefix("gpiochip")))
    except ImportError as error:
        raise PanelLost(
            f"no GPIO library ({error}); `sudo apt install python3-lgpio python3-gpiozero`"
        ) from error
    except OSError as error:
        raise PanelLost(f"lgpio finds no place for its pipe ({error}); make /tmp writable") from error
    except Exception as error:  # lgpio's own error is a bare Exception
        raise PanelLost(f"{chip}: {error}; `moodbox doctor` may know more") from error


def make_factory(chip: int) -> Any:
    """Pins on that chip, which need not be a Pi's: any 40 lines are taken for its header."""
    from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

    class Pin(LGPIOPin):  # type: ignore[misc]
        def _call_when_changed(self, *change: Any) -> None:
            # In lgpio's one thread, which all factories share: it dies of an error, and every button with it.
            # gpiozero 2.0.1 makes one when a press comes for a pin that is closed.
            try:
                super()._call_when_changed(*change)
            except Exception:
                log.debug("a change of %r is not told", self, exc_info=True)

    class Factory(LGPIOFactory):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(chip)
            self.pin_class = Pin
            # gpiozero's are the class's: a pin that died would be handed out again
            self.pins: dict[Any, Any] = {}

        def _get_revision(self) -> int:
            return int(super()._get_revision()) if is_board() else PI_4

        def close(self) -> None:
            for pin in self.pins.values():
                # Dead, perhaps, but the chip must be given back, or it stays busy.
                with contextlib.suppress(Exception):
                    pin.when_changed = None  # `close` would leave its callback with lgpio
                with contextlib.suppress(Exception):
                    pin.close()
            self.pins.clear()
            super().close()

    return Factory()


def chips(folder: Path = Path("/dev")) -> list[Path]:
    """The device files of this machine's GPIO chips, by number."""
    return sorted(folder.glob("gpiochip*"), key=lambda path: (len(path.name), path.name))


def label(chip: Path) -> str:
    """Return the driver's label of the chip; empty when it does not say, or may not be asked."""
    answer = bytearray(68)
    try:
        with chip.open("rb", buffering=0) as file:
            fcntl.ioctl(file, GET_CHIPINFO, answer)
    except OSError:
        return ""
    return _text(answer, 32)


def header_chip(found: Iterable[Path], label_of: Callable[[Path], str] = label) -> Path:
    """The chip that the header is on, else the first that there is. Raises PanelLost."""
    found = list(found)
    if not found:
        raise PanelLost('this machine has no GPIO (/dev/gpiochip*); set gpio.factory to "none"')
    labels = {label_of(path): path for path in found}
    chip = next((labels[name] for name in HEADER_CHIPS if name in labels), found[0])
    if not os.access(chip, os.R_OK | os.W_OK):
        raise PanelLost(f"{chip}: not allowed; add this user to the group `gpio`")
    return chip


def holder(chip: Path, pin: int) -> str | None:
    """Who holds a pin, as the kernel knows it; None when it is free, or cannot be asked for."""
    question = bytearray(256)
    struct.pack_into("=I", question, 64, pin)
    try:
        with chip.open("rb", buffering=0) as file:
            fcntl.ioctl(file, GET_LINEINFO, question)
    except OSError:
        return None
    name: bytes = struct.unpack_from("32s", question, 32)[0]
    (flags,) = struct.unpack_from("=Q", question, 72)
    return (
        (name.partition(b"\0")[0].decode("utf-8", "replace") or "the kernel") if flags & LINE_USED else None
    )


def explain(key: str, pins: Sequence[int], error: Exception) -> str:
    """Why a device could not be had, for people. key: its place in the settings."""
    names = "GPIO " + " and ".join(map(str, pins))
    reason = str(error).strip("'")
    if "busy" in reason.lower():
        return f"{key}: {names} is busy: {_who_holds(pins)}: stop that, or choose another pin"
    return f"{key}: {names}: {reason}; check the wiring and the settings"


def _who_holds(pins: Sequence[int]) -> str:
    with contextlib.suppress(PanelLost):
        chip = header_chip(chips())
        known = {name for pin in pins if (name := holder(chip, pin))}
        if known:
            return f"{' and '.join(sorted(known))} has it"
    return "another program, or an overlay in config.txt, has it; `gpioinfo` tells which"


def _text(answer: bytearray, offset: int) -> str:
    """A field of 32 bytes, ended by a zero."""
    return bytes(answer[offset : offset + 32]).partition(b"\0")[0].decode("utf-8", "replace")
