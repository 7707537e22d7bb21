"""Moodbox beside `fer` 25.10.3: the same frames, one thread each, taking turns.

A turn is a clip, a second of frames: both are for a stream of them. With `--by-frame` it is a single frame,
and each look begins with caches full of the other's work, which costs the faster one more. With `--stream`
Moodbox knows, as in the box, who sat there in the frame before, ten frames a second, and the means count.

Both are pinned to one core, so neither has a second thread to use. `fer` has its own environment, which the
first run makes in the cache, as `python -m converter evaluate --peer fer` does. Times are
the processor's: other work on the machine distorts the clock's far more.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import mean, median

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("beside_fer_worker.py")
ASTRONAUT_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"
TARGET = 30
"""Times faster than `fer` that Moodbox means to be."""

CLIP = 10
"""Frames of a clip of the photograph, which moves by a pixel from one to the next."""

Reader = Callable[[int], tuple[float, bool]]
"""Number of a frame -> processor seconds from pixels to probabilities, and whether a face was found."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="how often each frame is read (default: 10)")
    parser.add_argument("--by-frame", action="store_true", help="a turn is a frame, not a clip")
    parser.add_argument("--stream", action="store_true", help="let Moodbox know the frames before")
    parser.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from converter.measuring import peer

    interpreter = peer.python(lambda line: print(line, file=sys.stderr, flush=True))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # inherited by the worker
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"photograph": photograph(Path(folder)), "drawn faces": draw_frames(Path(folder))}
        for kind, frames in kinds.items():
            with fer_reader(interpreter, frames) as fer:
                turns = (
                    [[number] for number in range(len(frames))] if options.by_frame else [range(len(frames))]
                )
                results[kind] = compare(
                    {"moodbox": moodbox_reader(frames, options.stream), "fer": fer},
                    turns,
                    options.rounds,
                    mean if options.stream else median,
                )
    kind_of_mean = "mean" if options.stream else "median"
    print(
        f"Frames of 640x480 with one face, {options.rounds} rounds, one core, {kind_of_mean} processor time:"
    )
    for kind, figures in results.items():
        print(f"  {kind}: {figures['ratio']:.0f} times faster")
        for name in ("fer", "moodbox"):
            found = f"found the face in {figures[f'{name}_found']:.0f} of {len(kinds[kind])}"
            print(f"    {name:<8} {figures[f'{name}_ms']:8.2f} ms, {found}")
    print(f"The target is {TARGET} times, on the photograph: fer's Haar cascade passes a drawn wall quickly.")
    if options.json:
        print(json.dumps(results))
    return 0


def photograph(folder: Path) -> list[Path]:
    """A clip of the astronaut Eileen Collins, its sides mirrored.

    The picture is NASA's, in the public domain, out of scikit-image.
    """
    import cv2

    from models import fetch

    with zipfile.ZipFile(fetch.download(folder, "scikit-image==0.25.2")) as wheel:
        content = wheel.read("skimage/data/astronaut.png")
    if hashlib.sha256(content).hexdigest() != ASTRONAUT_SHA256:
        raise SystemExit("scikit-image's astronaut.png is not the pinned one")
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    picture = cv2.resize(picture, (480, 480), interpolation=cv2.INTER_AREA)
    paths = [folder / f"photograph-{number}.png" for number in range(CLIP)]
    for number, path in enumerate(paths):
        sides = (80 - number, 80 + number)
        cv2.imwrite(str(path), cv2.copyMakeBorder(picture, 0, 0, *sides, cv2.BORDER_REFLECT))
    return paths


def draw_frames(folder: Path) -> list[Path]:
    """One picture of each expression."""
    import cv2

    from appliance.demo.face.drawing import EXPRESSIONS, portrait

    paths = [folder / f"{name}.png" for name in EXPRESSIONS]
    for path in paths:
        cv2.imwrite(str(path), portrait(path.stem))
    return paths


def compare(
    readers: dict[str, Reader],
    turns: Sequence[Sequence[int]],
    rounds: int,
    middle: Callable[[Sequence[float]], float] = median,
) -> dict[str, float]:
    """The middle of each in ms, in how many frames each found the face, and how much faster moodbox is.

    turns: the numbers of the frames that one reads before it is the other's turn.
    """
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    found: dict[str, set[int]] = {name: set() for name in readers}
    for round_number in range(rounds + 1):
        for turn, (name, read) in product(turns, readers.items()):
            for number in turn:
                taken, there = read(number)
                if round_number:  # the first warms up
                    seconds[name].append(taken)
                if there:
                    found[name].add(number)
    figures = {f"{name}_ms": 1000 * middle(taken) for name, taken in seconds.items()}
    figures |= {f"{name}_found": float(len(numbers)) for name, numbers in found.items()}
    return figures | {"ratio": figures["fer_ms"] / figures["moodbox_ms"]}


def moodbox_reader(frames: list[Path], is_stream: bool = False) -> Reader:
    """Looks at each frame as if it were the first, as `fer` does: no face is followed, unless `is_stream`."""
    import cv2

    from appliance.camera import Shape, to_frame
    from appliance.camera.recording import read_picture
    from appliance.protocol.looks import Reading
    from appliance.tflite import MODELS
    from appliance.vision import Eyes
    from appliance.vision.emotion import Classifier
    from appliance.vision.faces import BlazeFace

    cv2.setNumThreads(1)
    detector = BlazeFace(MODELS / "face_detector.tflite")
    classifier = Classifier(MODELS / "emotion.tflite")
    pictures = [picture for picture in map(read_picture, frames) if picture is not None]
    known, clock = Eyes(detector, classifier, time.monotonic), itertools.count()

    def read(number: int) -> tuple[float, bool]:
        started = time.process_time()
        eyes = known if is_stream else Eyes(detector, classifier, time.monotonic)
        taken_at = next(clock) / 10 if is_stream else time.monotonic()
        seen = eyes.look(to_frame(pictures[number], Shape(), taken_at))
        return time.process_time() - started, isinstance(seen, Reading)

    return read


@contextmanager
def fer_reader(interpreter: Path, frames: list[Path]) -> Iterator[Reader]:
    """`fer` in its own process, which times itself."""
    pipe = subprocess.PIPE
    command = [interpreter, WORKER, *frames]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as worker:

        def read(number: int) -> tuple[float, bool]:
            assert worker.stdin
            assert worker.stdout
            worker.stdin.write(b"%d\n" % number)
            worker.stdin.flush()
            answer = worker.stdout.readline().split()
            if not answer:
                raise SystemExit(
                    f"fer has died; to see why: echo 0 | {' '.join(map(str, command[:2]))} PICTURE"
                )
            return float(answer[0]), answer[1] != b"0"

        yield read


if __name__ == "__main__":
    sys.exit(main())
