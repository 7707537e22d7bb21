"""Measure what the box costs, part by part; write docs/performance.md, its plots, the README's five figures.

    tests/bench/run.sh [--quick] [--only PART...]

--quick takes few rounds, to see that all of it works. --only prints these parts and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE, README = ROOT / "docs/performance.md", ROOT / "README.md"
BEGIN, END = "<!-- five -->", "<!-- /five -->"
sys.path.insert(0, str(ROOT / "tests/bench"))

from plots import Panel, plot  # noqa: E402


@dataclass(frozen=True)
class Part:
    """A bench of its own; the last line of its output is JSON where `has_json`."""

    title: str
    command: Sequence[str]
    quick: Sequence[str] = ()
    """Arguments that make it short."""
    has_json: bool = False
    is_table: bool = False
    """Whether it prints Markdown."""
    longest_s: float = 150.0


PYTHON = ".venv/bin/python"
PARTS = {
    "look": Part("A look", (".venv/bin/moodbox", "bench", "--json"), has_json=True),
    "fer": Part(
        "A newcomer's look beside `fer`, by turns of a second",
        (PYTHON, "tests/bench/beside_fer.py", "--rounds", "5", "--json"),
        ("--rounds", "1"),
        has_json=True,
    ),
    "frames": Part(
        "The same, frame by frame",
        (PYTHON, "tests/bench/beside_fer.py", "--rounds", "5", "--by-frame"),
        ("--rounds", "1"),
    ),
    "stream": Part(
        "The same frames as a stream: Moodbox knows who sat there before",
        (PYTHON, "tests/bench/beside_fer.py", "--rounds", "5", "--stream"),
        ("--rounds", "1"),
    ),
    "stream frames": Part(
        "The stream, frame by frame",
        (PYTHON, "tests/bench/beside_fer.py", "--rounds", "5", "--stream", "--by-frame"),
        ("--rounds", "1"),
    ),
    "paper": Part(
        "The paper's pipeline, stage by stage",
        (PYTHON, "tests/bench/paper.py", "--rounds", "4", "--docs"),
        ("--rounds", "1"),
        is_table=True,
    ),
    "change": Part(
        "From the deciding frame to another song",
        (PYTHON, "tests/bench/change.py", "--for", "45", "--json"),
        ("--for", "8"),
        has_json=True,
    ),
    "service": Part(
        "The whole service",
        (PYTHON, "-m", "tests.bench.curves", "--json"),
        ("--for", "1"),
        has_json=True,
        is_table=True,
        longest_s=420.0,
    ),
    "written": Part(
        "Bytes written in a day of music, by how many songs have played before",
        (PYTHON, "tests/bench/state_written.py", "0", "10000"),
    ),
}


@dataclass(frozen=True)
class Result:
    text: str
    """What it printed; why there is nothing, where it failed."""
    figures: Any
    """None where it failed, or tells none."""
    is_well: bool
    took_s: float
    command: Sequence[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few rounds, to see that all of it works")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="print these parts, and write nothing")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    results = {}
    for name in options.only or PARTS:
        print(f"{PARTS[name].title} ...", file=sys.stderr, flush=True)
        results[name] = run(PARTS[name], options.quick)
        print(f"  {results[name].took_s:.0f} s", file=sys.stderr, flush=True)
    if options.only:
        print("\n\n".join(section(PARTS[name], result) for name, result in results.items()))
    else:
        write(results, load)
    failed = [name for name, result in results.items() if not result.is_well]
    print(f"failed: {', '.join(failed) or 'none'}", file=sys.stderr)
    return 1 if failed else 0


def run(part: Part, is_quick: bool) -> Result:
    began = time.monotonic()
    command = [*part.command, *(part.quick if is_quick else ())]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=part.longest_s, check=True
        )
    except subprocess.TimeoutExpired:
        return Result(f"(it took longer than {part.longest_s:.0f} s)", None, False, part.longest_s, command)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Result(f"(it failed: {reason})", None, False, time.monotonic() - began, command)
    lines = done.stdout.strip().splitlines()
    figures = json.loads(lines.pop()) if part.has_json else None
    return Result("\n".join(lines), figures, True, time.monotonic() - began, command)


def section(part: Part, result: Result) -> str:
    is_plain = result.is_well and part.is_table
    body = result.text if is_plain else f"```\n{result.text}\n```"
    return f"## {part.title}\n\n    {' '.join(result.command)}\n\n{body}"


def write(results: dict[str, Result], load: float) -> None:
    machine = f"{os.cpu_count()} cores of {os.uname().machine}, load {load:.1f} before"
    head = f"Made by `tests/bench/run.sh` on {date.today():%-d %B %Y}: {machine}. Times are the processor's."
    parts = [section(PARTS[name], result) for name, result in results.items()]
    needed = [results[name] for name in ("fer", "change", "service")]
    if all(result.figures for result in needed):
        block = five(*(result.figures for result in needed))
        README.write_text(replaced(README.read_text(encoding="utf-8"), block), encoding="utf-8")
        (ROOT / "docs/performance.svg").write_text(
            plot(panels(results["service"].figures), "Percent of a core"), encoding="utf-8"
        )
    else:  # what was measured before stays: page and README say the same
        block = between(PAGE.read_text(encoding="utf-8"))
    title = "# What it costs, measured"
    tail = "![The whole service](performance.svg)\n\n![Stages of a look](paper.svg)"
    pi = "A Raspberry Pi prints its own with `moodbox bench`; [pi.md](pi.md) says what is expected of one."
    whole = [title, f"{head} {pi}", f"{BEGIN}\n\n{block}\n\n{END}", *parts, tail]
    PAGE.write_text("\n\n".join(whole) + "\n", encoding="utf-8")


def five(fer: Any, change: Any, service: Any) -> str:
    """The five figures that matter, as the README has them."""
    photograph, curves = fer["photograph"], service["curves"]
    still = dict(curves["frames a second"]["sits still"])[10]
    nobody = dict(curves["faces in view"]["sit still"])[0]
    rows = {
        "a newcomer's look, a frame of 640x480 to probabilities": (
            f"{photograph['moodbox_ms']:.1f} ms, {photograph['ratio']:.0f} times faster than `fer`",
            "beside_fer.py",
        ),
        "the whole service, a listener who sits still, ten frames a second": (
            f"{still['percent']:.1f} % of a core",
            "curves.py",
        ),
        "the same, nobody in view": (f"{nobody['percent']:.1f} % of a core", "curves.py"),
        "resident memory, with page and MQTT": (f"{still['resident_mb']:.0f} MB", "curves.py"),
        "seen change to MPD playing the new song, `instant` and `cut`": (
            f"95 % within {change['p95_ms']:.0f} ms",
            "change.py",
        ),
    }
    lines = [f"| {what} | {figure} | `tests/bench/{by}` |" for what, (figure, by) in rows.items()]
    return "\n".join(["| what | figure | how |", "| --- | --- | --- |", *lines])


def panels(service: Any) -> list[Panel]:
    """Percent of a core against each measure, and what a choice costs."""
    made = [
        Panel(
            f"against {across}",
            "",
            {name: [(x, cost["percent"]) for x, cost in line] for name, line in lines.items()},
        )
        for across, lines in service["curves"].items()
    ]
    choices = [(count / 1000, took) for count, took in service["choices_ms"]]
    return [*made, Panel("a choice, ms, against thousands of songs", "", {"choice": choices})]


def between(text: str) -> str:
    """What stands between the marks."""
    return text.split(BEGIN)[1].split(END)[0].strip()


def replaced(text: str, block: str) -> str:
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n\n{block}\n\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    sys.exit(main())
