"""What the whole service costs, against frame rate, size, faces, viewers and library, in points of seconds.

    .venv/bin/python -m tests.bench.curves [--for 4] [--json]

A box in a process of its own, with page, MQTT and a real MPD, looks at drawn faces. Its processor time is
what /proc says of it, in percent of one core; MPD, broker and viewers are not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/bench")]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the box's unit

SETTLE_S = 3.0
"""Until a face that does not move is known to be at rest, and caches are warm."""
TICKS = os.sysconf("SC_CLK_TCK")
RATES, SIZES, FACES = (2, 5, 10, 20), ((320, 240), (640, 480), (1280, 720)), (0, 1, 2, 4)
VIEWERS, LIBRARIES = (0, 1, 2, 4, 8), (100, 1000, 10_000, 100_000)


@dataclass(frozen=True)
class Situation:
    """What a box looks at, and who looks at it."""

    fps: int = 10
    width: int = 640
    height: int = 480
    faces: int = 1
    is_restless: bool = False
    """Whether every frame shows another face than the one before."""
    viewers: int = 0


@dataclass(frozen=True)
class Cost:
    """What that costs the box."""

    percent: float
    """Of one core."""
    resident_mb: float
    wakeups: float
    """A second, of all its threads."""


Curves = dict[str, dict[str, list[tuple[float, Cost]]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--for", dest="seconds", type=float, default=4.0, help="seconds a point (4)")
    parser.add_argument("--json", action="store_true", help="the points as JSON, on the last line")
    options = parser.parse_args()
    with Bench(options.seconds) as bench:
        curves: Curves = {
            "frames a second": {
                "sits still": [(rate, bench.cost(Situation(fps=rate))) for rate in RATES],
                "never still": [(rate, bench.cost(Situation(fps=rate, is_restless=True))) for rate in RATES],
            },
            "pixels of a frame, thousands": {
                name: [
                    (wide * high / 1000, bench.cost(Situation(width=wide, height=high, is_restless=restless)))
                    for wide, high in SIZES
                ]
                for name, restless in (("sits still", False), ("never still", True))
            },
            "faces in view": {
                "sit still": [(count, bench.cost(Situation(faces=count))) for count in FACES],
            },
            "viewers of the page": {
                "sits still": [(count, bench.cost(Situation(viewers=count))) for count in VIEWERS],
            },
        }
    choices = [(count, choice_ms(count)) for count in LIBRARIES]
    print(table(curves, choices))
    if options.json:
        print(json.dumps({"curves": as_plain(curves), "choices_ms": choices}))


def as_plain(curves: Curves) -> dict[str, Any]:
    return {
        across: {name: [(x, asdict(cost)) for x, cost in line] for name, line in lines.items()}
        for across, lines in curves.items()
    }


def table(curves: Curves, choices: list[tuple[int, float]]) -> str:
    """The points in Markdown."""
    rows = ["| against | the listener | at | % of a core | MB | wake-ups a second |", "| --- " * 6 + "|"]
    for across, lines in curves.items():
        for name, line in lines.items():
            for x, cost in line:
                figures = f"{cost.percent:.1f} | {cost.resident_mb:.0f} | {cost.wakeups:.0f}"
                rows.append(f"| {across} | {name} | {x:g} | {figures} |")
    rows += ["", "| songs of a mood | a choice, ms |", "| --- | --- |"]
    rows += [f"| {count:,} | {took:.2f} |" for count, took in choices]
    return "\n".join(rows)


class Bench(contextlib.ExitStack):
    """An MPD and a broker for all points."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._known: dict[Situation, Cost] = {}

    def __enter__(self) -> Bench:
        from conftest import write_tone
        from mosquitto import Mosquitto

        from appliance.demo.private_mpd import PrivateMpd
        from appliance.protocol.emotions import EMOTIONS

        super().__enter__()
        folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
        for mood in EMOTIONS:
            for number in range(2):
                write_tone(folder / "music" / mood / f"{number}.flac", seconds=120.0)
        self._mpd = self.enter_context(PrivateMpd(folder / "mpd", folder / "music"))
        self._broker = self.enter_context(Mosquitto(folder / "broker"))
        return self

    def cost(self, situation: Situation) -> Cost:
        """What it costs to live through this for a while; what was measured once is not measured again."""
        if situation not in self._known:
            self._known[situation] = self._live(situation)
        return self._known[situation]

    def _live(self, situation: Situation) -> Cost:
        from beginning_anew import Anew
        from waiting import until

        with contextlib.ExitStack() as rooms:
            folder = Path(rooms.enter_context(tempfile.TemporaryDirectory()))
            box = Anew(folder, self._mpd)
            draw(folder / "faces", situation)
            told = box.file.read_text().replace(f'"replay:{folder}/happy.png"', camera(folder, situation))
            told = told.replace('[state]\nfile = ""', f'[state]\nfile = "{folder}/state.json"')
            mqtt = f'[mqtt]\nbroker = "127.0.0.1"\nport = {self._broker.port}\nid = "curves"\n'
            box.file.write_text(told + mqtt)
            process = rooms.enter_context(box.running())
            until(lambda: box.status().get("faces") == situation.faces, within_s=30)
            for _ in range(situation.viewers):
                rooms.enter_context(viewer(box.port))
            time.sleep(SETTLE_S)
            return measured(process.pid, self._seconds)


def camera(folder: Path, situation: Situation) -> str:
    size = f"fps = {situation.fps}\nwidth = {situation.width}\nheight = {situation.height}"
    return f'"replay:{folder}/faces"\n{size}'


def draw(folder: Path, situation: Situation) -> None:
    """Pictures of so many faces beside each other, all in one size."""
    import cv2
    import numpy as np

    from appliance.demo.face.drawing import portrait

    folder.mkdir()
    high, wide = situation.height, situation.width
    for number, mood in enumerate(("happy", "surprise") if situation.is_restless else ("happy",)):
        whole = portrait(mood)
        picture = np.empty((high, wide, 3), np.uint8)
        picture[:] = whole[0, 0]
        columns = 1 if situation.faces < 2 else 2
        for place in range(situation.faces):
            across, down = wide // columns, high // columns
            small = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
            left, top = place % columns * across, place // columns * down
            picture[top : top + down, left : left + across] = small
        cv2.imwrite(str(folder / f"{number}.png"), picture)


@contextlib.contextmanager
def viewer(port: int) -> Iterator[None]:
    """A browser that shows the live picture."""
    from webbing import Client

    with Client(port).stream("/api/live") as link:

        def drain() -> None:
            with contextlib.suppress(OSError):
                while link.recv(1 << 16):
                    pass

        threading.Thread(target=drain, daemon=True).start()
        yield


def measured(pid: int, seconds: float) -> Cost:
    from beginning_anew import resident_mb

    ticks, woken, began = spent(pid), wakeups(pid), time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - began
    percent = 100 * (spent(pid) - ticks) / TICKS / took
    return Cost(percent, resident_mb(pid), (wakeups(pid) - woken) / took)


def spent(pid: int) -> int:
    """Ticks of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def wakeups(pid: int) -> int:
    """How often its threads have gone to sleep so far, and so were woken."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            lines = (task / "status").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
    return total


def choice_ms(count: int) -> float:
    """Median processor time of a choice among so many songs, half of them played."""
    from scale import choice, cpu_ms

    from appliance.brain.music import Chooser
    from appliance.protocol.emotions import EMOTIONS
    from appliance.protocol.messages import LibraryChanged, Song

    songs = tuple(Song(f"{number}.flac", artist=str(number % 5000)) for number in range(count))
    chooser = Chooser(random.Random(1), {"happy": [song.uri for song in songs[: count // 2]]})
    chooser.stock(LibraryChanged(dict.fromkeys(EMOTIONS, songs), songs))
    return median(cpu_ms(partial(choice, chooser)) for _ in range(51))


if __name__ == "__main__":
    main()
