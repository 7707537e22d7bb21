"""Training: one command, one run folder, a checkpoint after each epoch, exact resuming; `run` learns."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch

from converter.errors import BadInput
from converter.measuring import faces_file, metrics, protocol
from converter.training import checkpoint, net, rendered_file
from converter.training.recipe import Recipe, Rendered, targets
from converter.training.run import Run

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


@dataclasses.dataclass(frozen=True)
class Sitting:
    """One call of `train`: which run, and how far to take it."""

    data: Path
    """The training faces."""
    folder: Path
    """The run's own; gets `CHECKPOINT` and `LOG`, a JSON line for each epoch."""
    resume: bool = False
    """Go on with the run in `folder`, by the settings that it began with."""
    teachers: tuple[Path, ...] = ()
    """Networks of ours, checkpoints or .tflite files, whose opinion counts beside the raters'."""
    begin: Path | None = None
    """A network of ours to begin with, no wider than the recipe's net; weights at random without one."""
    stop_after: int | None = None
    """Epochs to do now at most; a long run may take several sittings."""
    rendered: tuple[Path, ...] = ()
    """Files of rendered faces to learn from as well."""
    device: str = "cpu"
    """The device that computes, as PyTorch names it; `auto` is a graphics processor where there is one."""
    new_length: int | None = None
    """When resuming: let the run end after so many epochs in all, its rate falling as if always so."""


def train(sitting: Sitting, recipe: Recipe, say: Callable[[str], None]) -> Path:
    """Train on the rows that are not held out; returns the checkpoint.

    Raises BadInput for a file that cannot be trained on, or a run that exists and is not to be resumed.
    """
    run, held_out, rendered = _begin(sitting, recipe)
    last = run.recipe.epochs
    if sitting.stop_after is not None:
        last = min(last, run.epoch + sitting.stop_after)
    say(f"{run.recipe.net}: {run.batches} batches of {run.recipe.batch}, {len(held_out)} faces held out")
    while run.epoch < last:
        started = time.monotonic()
        loss = run.one_epoch()
        line = {"epoch": run.epoch, "loss": round(loss, 4), "seconds": round(time.monotonic() - started, 1)}
        line |= check(run.average, held_out)
        if rendered:
            line["rendered"] = check_rendered(run.average, rendered)
        run.save(sitting.folder / CHECKPOINT)
        with (sitting.folder / LOG).open("a") as log:
            log.write(json.dumps(line) + "\n")
        say(" ".join(f"{key} {value}" for key, value in line.items()))
    return sitting.folder / CHECKPOINT


def _begin(sitting: Sitting, recipe: Recipe) -> tuple[Run, faces_file.Faces, Rendered | None]:
    """Open the run, with the photographs and rendered faces that it must not learn from."""
    file = sitting.folder / CHECKPOINT
    known = checkpoint.load(file) if sitting.resume else None
    if known is None and file.exists():
        raise BadInput(f"{sitting.folder}: this run exists; go on with --resume, or name another with --run")
    if known:
        recipe = Recipe(**known["recipe"])
        if sitting.new_length is not None:
            recipe = dataclasses.replace(recipe, epochs=sitting.new_length)
    faces = faces_file.load(sitting.data)
    if faces.votes is None:
        raise BadInput(f"{sitting.data}: has no array 'votes' to learn; use a file made by 'converter data'")
    learnt, held_out = faces_file.split(faces, sitting.data)
    if recipe.all_rows:  # everything is chosen: what was held out is not any more
        learnt = faces
    teachers = tuple(map(Path, known.get("teachers", ()))) if known else sitting.teachers
    rendered = tuple(map(Path, known.get("rendered", ()))) if known else sitting.rendered
    drawn, kept = rendered_file.load(*rendered) if rendered else (None, None)
    run = Run(recipe, targets(learnt, recipe), teachers, drawn, find_device(sitting.device))
    run.rendered_paths = tuple(path.resolve() for path in rendered)
    if known:
        run.restore(known)
        return run, held_out, kept
    sitting.folder.mkdir(parents=True, exist_ok=True)
    (sitting.folder / LOG).unlink(missing_ok=True)
    if sitting.begin is not None:
        run.begin(sitting.begin)
    return run, held_out, kept


def check(network: net.Net, held_out: faces_file.Faces) -> dict[str, float]:
    """Measure the averaged network on the held-out rows, in per cent, for the log."""
    assert held_out.votes is not None
    truth = protocol.maj7(held_out.votes)
    guess = checkpoint.predict(network, held_out.faces)[0].argmax(1)
    return {
        "maj7": round(100 * metrics.accuracy(guess, truth), 2),
        "macro_recall": round(100 * metrics.macro_recall(guess, truth), 2),
        "plur7": round(100 * metrics.accuracy(guess, protocol.plur7(held_out.votes)), 2),
    }


def check_rendered(network: net.Net, held_out: Rendered) -> float:
    """Measure how many of the held-out rendered faces are read as they were meant, in per cent."""
    guess = checkpoint.predict(network, held_out.faces)[0].argmax(1)
    return round(100 * metrics.accuracy(guess, held_out.votes.argmax(1)), 2)


def find_device(name: str) -> torch.device:
    """Return the device of that name. Raises BadInput when PyTorch cannot compute there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:  # PyTorch built without it asserts
        raise BadInput(f"--device {name}: PyTorch cannot compute there ({error}); use cpu") from error
    return torch.device(name)
