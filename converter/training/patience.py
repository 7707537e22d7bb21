"""Teachers, then both pupils, in one command: minutes on a graphics processor, nights on processor cores.

Each network is a run of `train` of its own, with a checkpoint after each epoch. The same command again goes
on where it was interrupted. With a limit of time each run first does one epoch, which tells how many it has
time for, so that its rate has fallen when the time is over.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from converter import places
from converter.errors import BadInput

TEACHERS_SHARE = 0.5
"""Share of the time that teachers may take, when it is limited; the pupils have the rest."""
START_S = 20.0
"""Seconds until a run has loaded PyTorch and the data; a guess that need not be exact."""
COMMON = ("--plain", "0.7", "--balance", "0.25", "--margin", "0.25", "--memory", "0.5")
# A teacher that equals its pupil has little to say: this one is twice as wide.
TEACHER = (*COMMON, "--net", "teacher", "--growing", "0.5", "--mixing", "0.15")
PUPIL = (*COMMON, "--growing", "0.4", "--mixing", "0.1", "--distil", "0.8")
"""The recipes of docs/decisions/training.md that did best."""


@dataclass(frozen=True)
class Plan:
    """How many networks are trained, for how long, on which device and from which faces."""

    teachers: int = 3
    teacher_epochs: int = 60
    pupil_epochs: int = 200
    minutes: float | None = None
    """Minutes for teachers and pupils together; None takes as long as it takes."""
    device: str = "auto"
    at_once: int = 1
    """Networks trained at the same time: a graphics processor has room for several."""
    data: Path | None = None
    more: tuple[str, ...] = ()
    """Further options of `train`, for every run."""


@dataclass(frozen=True)
class Step:
    """One network: the name of its run, and what `train` is told when it begins."""

    run: str
    epochs: int
    told: tuple[str, ...] = ()


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command `patience` and its options to the parser."""
    command = commands.add_parser("patience", help="train teachers, then both networks from them; goes on")
    command.set_defaults(do=run)
    command.add_argument("--teachers", type=int, default=3, help="how many (default: %(default)s)")
    command.add_argument("--teacher-epochs", type=int, default=60, help="(default: %(default)s)")
    command.add_argument("--pupil-epochs", type=int, default=200, help="(default: %(default)s)")
    command.add_argument("--minutes", type=float, help="for all of it (default: as long as it takes)")
    command.add_argument("--device", default="auto", help="cpu, cuda, or auto (default: %(default)s)")
    command.add_argument("--at-once", type=int, help="networks (default: 3 on a graphics processor, else 1)")
    command.add_argument("--data", type=Path, help="training faces (.npz)")
    command.add_argument("more", nargs="*", help="after `--`: further options of train, for every run")


def run(options: argparse.Namespace) -> None:
    """Train, and print the pupils' checkpoints."""
    from converter.training.train import find_device

    at_once = options.at_once or (3 if find_device(options.device).type == "cuda" else 1)
    plan = Plan(
        *(options.teachers, options.teacher_epochs, options.pupil_epochs, options.minutes, options.device),
        *(at_once, options.data, tuple(options.more)),
    )
    for path in patience(plan, lambda line: print(line, file=sys.stderr, flush=True)):
        print(path)


def patience(
    plan: Plan, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
) -> list[Path]:
    """Train all of it. Returns the pupils' checkpoints.

    Raises BadInput when a run fails; its own words stand above.
    """
    seconds = math.inf if plan.minutes is None else 60 * plan.minutes
    teachers, pupils = stages(plan)
    began = clock()
    for steps, share in ((teachers, TEACHERS_SHARE), (pupils, 1.0)):
        _stage(plan, steps, began + share * seconds, say, clock)
    return [checkpoint(step) for step in pupils]


def stages(plan: Plan) -> tuple[list[Step], list[Step]]:
    """Teachers that differ in their seeds, and the pupils that hear all of them."""
    teachers = [
        Step(f"teacher-{seed}", plan.teacher_epochs, (*TEACHER, "--seed", str(seed)))
        for seed in range(1, plan.teachers + 1)
    ]
    heard = ("--teacher", *(str(checkpoint(step)) for step in teachers)) if teachers else ()
    pupils = [
        Step(f"{net}-pupil", plan.pupil_epochs, (*PUPIL, "--net", net, *heard)) for net in ("main", "tiny")
    ]
    return teachers, pupils


def checkpoint(step: Step) -> Path:
    """Return the path of the run's checkpoint, which may not be there yet."""
    return places.run(step.run) / "checkpoint.pt"


def _stage(
    plan: Plan, steps: Sequence[Step], until: float, say: Callable[[str], None], clock: Callable[[], float]
) -> None:
    """Train some networks, as many at once as may be; all of them get the same share of the time."""
    fresh = [step for step in steps if not checkpoint(step).exists()]
    # One epoch tells how many there is time for: the rate must have fallen when the time is over.
    first = [(step, (*step.told, "--epochs", str(step.epochs), "--stop-after", "1")) for step in fresh]
    _run(plan, first, say)
    rounds = math.ceil(len(steps) / plan.at_once)
    for number in range(0, len(steps), plan.at_once):
        some = steps[number : number + plan.at_once]
        left_s = (until - clock()) / (rounds - number // plan.at_once)
        lengths = [(step, length(step, left_s)) for step in some]
        unfinished = [(step, epochs) for step, epochs in lengths if epochs > len(_log(step))]
        _run(plan, [(step, ("--resume", "--epochs", str(epochs))) for step, epochs in unfinished], say)


def length(step: Step, left_s: float) -> int:
    """Epochs in all that a run has time for, at least those that it has done."""
    done = _log(step)
    if math.isinf(left_s):
        return max(step.epochs, len(done))
    seconds = float(done[-1]["seconds"])
    return max(len(done), min(step.epochs, len(done) + int(max(0.0, left_s - START_S) / seconds)))


def _log(step: Step) -> list[dict[str, float]]:
    """Read what the run has told: an object for each epoch that is done."""
    lines = (places.run(step.run) / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _run(plan: Plan, told: Iterable[tuple[Step, tuple[str, ...]]], say: Callable[[str], None]) -> None:
    """Call `train` for each, `plan.at_once` at a time."""
    waiting = list(told)
    while waiting:
        now, waiting = waiting[: plan.at_once], waiting[plan.at_once :]
        started = []
        for step, options in now:
            say(f"{step.run}: train {' '.join(options)}")
            command, environment = _command(plan, step, options), _environment(plan)
            started.append((step, subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)))
        failed = [step.run for step, process in started if process.wait()]
        if failed:
            raise BadInput(f"{', '.join(failed)}: training ended with an error, which stands above")


def _command(plan: Plan, step: Step, options: tuple[str, ...]) -> list[str]:
    data = ("--data", str(plan.data)) if plan.data else ()
    return [
        *(sys.executable, "-m", "converter", "train", "--run", step.run, "--device", plan.device),
        *(*data, *options, *(plan.more if "--resume" not in options else ())),
    ]


def _environment(plan: Plan) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
