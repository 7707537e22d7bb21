"""A day in simulated time, or hours in real time, with faults sprinkled in: what grows?

    .venv/bin/python -m tests.bench.soak day [--hours 24]        about five minutes of one core
    .venv/bin/python -m tests.bench.soak real [--hours 1]        a real box, a real MPD and a real broker

`--docs` writes the figures and the plot into docs/soak.md and docs/soak-*.svg.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/bench")]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the box's unit

from plots import Panel, plot  # noqa: E402
from waiting import until  # noqa: E402

SEED = 20261128
A_FAULT_EVERY_S = {"day": 240.0, "real": 20.0}
SAMPLES = 240


@dataclass(frozen=True)
class Sample:
    """What is so at one time."""

    hours: float
    resident_mb: float
    descriptors: int
    threads: int
    queue: int
    """Entries in MPD's queue."""
    written_mb: float
    """What the process has handed to `write` since it began."""
    faults: int
    mpd_mb: float = 0.0


TITLES = {
    "resident_mb": "resident memory of the box, MB",
    "mpd_mb": "resident memory of MPD, MB",
    "descriptors": "open descriptors",
    "threads": "threads",
    "queue": "entries in MPD's queue",
    "written_mb": "handed to write(), MB",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("kind", choices=["day", "real"])
    parser.add_argument("--hours", type=float)
    parser.add_argument("--docs", action="store_true")
    options = parser.parse_args()
    hours = options.hours or {"day": 24.0, "real": 1.0}[options.kind]
    happened: Counter[str] = Counter()
    run = {"day": a_day, "real": for_real}[options.kind]
    samples = list(run(hours, random.Random(SEED), happened))
    text = report(options.kind, hours, samples, happened)
    print(text)
    if options.docs:
        panels = [
            Panel(title, "h", {"": [(sample.hours, float(getattr(sample, name))) for sample in samples]})
            for name, title in TITLES.items()
            if any(getattr(sample, name) for sample in samples)
        ]
        heading = f"{hours:g} hours, {sum(happened.values())} faults"
        (ROOT / f"docs/soak-{options.kind}.svg").write_text(plot(panels, heading))
        write_docs(options.kind, text)


def report(kind: str, hours: float, samples: Sequence[Sample], happened: Counter[str]) -> str:
    """The figures in Markdown: means of the second, third and last quarter, for the first one warms up."""
    quarters = [
        [each for each in samples if part * hours / 4 <= each.hours < (part + 1) * hours / 4 + (part == 3)]
        for part in (1, 2, 3)
    ]
    rows = []
    for name, title in TITLES.items():
        means = [fmean(getattr(each, name) for each in part) for part in quarters]
        highest = max(getattr(each, name) for each in samples)
        if highest:
            rows.append(f"| {title} | {' | '.join(f'{mean:.1f}' for mean in means)} | {highest:.1f} |")
    machine = f"{date.today():%-d %B %Y}, {os.cpu_count()} cores of {os.uname().machine}"
    faults = ", ".join(f"{name} {count}" for name, count in sorted(happened.items()))
    head = "| mean of | 2nd quarter | 3rd | 4th | highest |\n| --- | --- | --- | --- | --- |"
    return f"{machine}; {hours:g} hours; {sum(happened.values())} faults: {faults}.\n\n{head}\n" + "\n".join(
        rows
    )


def write_docs(kind: str, text: str) -> None:
    page = ROOT / "docs/soak.md"
    begin, end = f"<!-- {kind} -->", f"<!-- /{kind} -->"
    head, rest = page.read_text(encoding="utf-8").split(begin)
    tail = rest.split(end)[1]
    page.write_text(f"{head}{begin}\n\n{text}\n\n![{kind}](soak-{kind}.svg)\n\n{end}{tail}", encoding="utf-8")


# --- a day in simulated time ---------------------------------------------------------------------------


def a_day(hours: float, chance: random.Random, happened: Counter[str]) -> Iterator[Sample]:
    """Brain, player, panel and light as they are, over the simulated MPD; the memory is written to a file."""
    from living import Life, brain_settings

    from appliance.brain.settings import QuietEffect
    from appliance.protocol.messages import Transition
    from appliance.state import Keeper

    with tempfile.TemporaryDirectory() as folder:
        keeper = Keeper(Path(folder) / "state.json")
        chosen = brain_settings("steady", Transition.FADE, QuietEffect.CAP)
        life = Life(chance, chosen, datetime(2026, 11, 28), lambda event, before: None)
        faults = SimulatedFaults(life, chance)
        began, fault_at, sample_at = life.now, life.now + 60.0, life.now
        while life.now < began + hours * 3600:
            life.let_pass(30.0)
            keeper.keep(life.memory(), life.now)
            keeper.flush()
            life.listening.wire.clear()
            life.listening.heard.clear()
            if life.now >= fault_at:
                happened[faults.one()] += 1
                fault_at = life.now + chance.uniform(0, 2 * A_FAULT_EVERY_S["day"])
            if life.now >= sample_at:
                sample_at = life.now + hours * 3600 / SAMPLES
                gc.collect()
                at = (life.now - began) / 3600
                yield sample(os.getpid(), at, len(life.mpd.queue), happened.total())
        keeper.close()


class SimulatedFaults:
    """What may befall a simulated box; each ends by itself."""

    def __init__(self, life: Any, chance: random.Random) -> None:
        self._life, self._chance = life, chance
        self._all: dict[str, Callable[[], object]] = {
            "another face": self._face,
            "camera gone": self._camera_gone,
            "MPD killed": self._mpd,
            "MPD late": lambda: setattr(life.mpd, "is_slow", True),
            "service restarted": life.begin_anew,
            "guest replaces the queue": self._guest,
            "skip": self._skip,
            "mood by hand": self._mood,
        }

    def one(self) -> str:
        """Do one of them; returns its name."""
        name = self._chance.choice(list(self._all))
        self._all[name]()
        return name

    def _face(self) -> None:
        from appliance.protocol.emotions import EMOTIONS

        self._life.face = self._chance.choice([*EMOTIONS, "nobody"])

    def _camera_gone(self) -> None:
        self._life.face = "gone"
        self._life.let_pass(20.0)
        self._life.face = "neutral"

    def _mpd(self) -> None:
        self._life.mpd.kill()
        self._life.let_pass(self._chance.choice([2.0, 40.0]))
        self._life.mpd.start()

    def _guest(self) -> None:
        guest = self._life.mpd.client()
        guest.clear()
        for number in range(2):
            guest.addid(f"guest/{number}.flac")
        guest.play()

    def _skip(self) -> None:
        from appliance.protocol import commands as cmd

        self._life.tell(cmd.Skip())

    def _mood(self) -> None:
        from appliance.protocol import commands as cmd
        from appliance.protocol.emotions import EMOTIONS

        self._life.tell(cmd.ChooseMood(self._chance.choice(EMOTIONS)))


# --- hours in real time --------------------------------------------------------------------------------


def for_real(hours: float, chance: random.Random, happened: Counter[str]) -> Iterator[Sample]:
    """A box in a process of its own, with a page, MQTT, a state file and faces that change."""
    from beginning_anew import Anew
    from conftest import write_tone
    from flat import Faults, mpd_music
    from mosquitto import Mosquitto

    from appliance.demo.private_mpd import PrivateMpd
    from appliance.protocol.emotions import EMOTIONS

    class MoreFaults(Faults):
        """The box's hands and guests, too."""

        def skip(self) -> None:
            self._box.do("skip")

        def mood(self) -> None:
            self._box.do("mood", mood=chance.choice(EMOTIONS))

        def automatic(self) -> None:
            self._box.do("auto")

        def guest(self) -> None:
            client = self._mpd.client()
            client.clear()
            for number in range(2):
                client.add(f"sad/{number}.flac")
            client.play()
            client.disconnect()

    with contextlib.ExitStack() as rooms:
        folder = Path(rooms.enter_context(tempfile.TemporaryDirectory()))
        for mood in EMOTIONS:
            for number in range(3):
                write_tone(mpd_music(folder) / mood / f"{number}.flac", seconds=60.0)
        write_tone(mpd_music(folder) / "happy" / "happy.flac")
        mpd = rooms.enter_context(PrivateMpd(folder / "mpd", mpd_music(folder)))
        broker = rooms.enter_context(Mosquitto(folder / "broker"))
        box = Anew(folder, mpd)
        faces(folder / "faces")
        told = box.file.read_text().replace(f"{folder}/happy.png", f"{folder}/faces")
        told = told.replace(
            '[state]\nfile = ""', f'[state]\nfile = "{folder}/state.json"\nmusic = "{folder}/music.db"'
        )
        box.file.write_text(f'{told}[mqtt]\nbroker = "127.0.0.1"\nport = {broker.port}\nid = "soak"\n')
        process = rooms.enter_context(box.running())
        until(lambda: box.status().get("faces") == 1, within_s=60)
        faults = MoreFaults(box, mpd, broker, process.pid)
        names = [
            "page",
            "camera",
            "broker",
            "mpd",
            "viewers",
            "uploads",
            "skip",
            "mood",
            "automatic",
            "guest",
        ]
        began, fault_at = time.monotonic(), time.monotonic() + 30.0
        while (at := time.monotonic() - began) < hours * 3600:
            yield sample(process.pid, at / 3600, length(mpd), happened.total(), mpd.pid)
            until_s = began + at + hours * 3600 / SAMPLES
            while time.monotonic() < until_s:
                if time.monotonic() >= fault_at:
                    name = chance.choice([*names, "settings"])
                    happened[
                        name if ended(getattr(faults, name)) else f"{name} (not well after a minute)"
                    ] += 1
                    fault_at = time.monotonic() + chance.uniform(0, 2 * A_FAULT_EVERY_S["real"])
                time.sleep(0.5)


def ended(fault: Callable[[], object]) -> bool:
    """Whether the box was well again within a minute; what is not so is told, and does not end the run."""
    try:
        fault()
    except (AssertionError, OSError) as error:
        print("not well:", repr(error)[:300], file=sys.stderr)
        return False
    return True


def faces(folder: Path) -> None:
    """Faces that change every ten seconds, at ten frames a second."""
    import cv2

    from appliance.demo.face.drawing import portrait

    folder.mkdir()
    for number, mood in enumerate(("neutral", "happy", "neutral", "surprise", "sad", "happy")):
        whole = folder / f"{number}-000.png"
        cv2.imwrite(str(whole), portrait(mood))
        for frame in range(1, 100):
            os.link(whole, folder / f"{number}-{frame:03}.png")


def length(mpd: Any) -> int:
    client = mpd.client()
    try:
        return int(client.status()["playlistlength"])
    finally:
        client.disconnect()


# --- what is measured ----------------------------------------------------------------------------------


def sample(pid: int, hours: float, queue: int, faults: int, mpd: int = 0) -> Sample:
    """Look at a process of ours through /proc."""
    status = told(pid, "status")
    return Sample(
        hours,
        int(status["VmRSS"].split()[0]) / 1024,
        len(os.listdir(f"/proc/{pid}/fd")),
        int(status["Threads"]),
        queue,
        int(told(pid, "io")["wchar"]) / 1e6,
        faults,
        int(told(mpd, "status")["VmRSS"].split()[0]) / 1024 if mpd else 0.0,
    )


def told(pid: int, name: str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/{name}").read_text(encoding="ascii").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


if __name__ == "__main__":
    main()
