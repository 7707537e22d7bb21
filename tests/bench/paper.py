"""The pipeline of the paper that the box follows, beside ours: the same frames, in turns, stage by stage.

The paper's: OpenCV's Haar cascade on the whole frame, a crop of 48x48, a CNN. Flask and the command to the
player are left out of both. Its weights were never published, so the network is one of the usual shape for
48x48 faces (four convolutions and two dense layers, 2.3 million weights) with random ones, in the runtime
that ours has, too. Times are the processor's, of one core. `--docs` writes docs/paper.svg and the table of
docs/paper.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
from beside_fer import draw_frames, photograph

ROOT = Path(__file__).resolve().parents[2]
CLAIM_MS = 77
"""A whole cycle, as the paper has it, on a board that it does not name with its figures."""
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
MAX_POOL = 17

Stages = dict[str, float]
"""Stage -> seconds."""
Look = Callable[[int], Stages]
"""Number of a frame -> what each stage took."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8, help="how often each frame is read (8)")
    parser.add_argument(
        "--docs", action="store_true", help="write docs/paper.svg and the table in docs/paper.md"
    )
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        kinds = {"drawn faces": draw_frames(Path(folder)), "photograph": photograph(Path(folder))}
        tables = {kind: measure(frames, Path(folder), options.rounds) for kind, frames in kinds.items()}
    text = "\n\n".join(table(kind, figures) for kind, figures in tables.items())
    print(text)
    if options.docs:
        (ROOT / "docs/paper.svg").write_text(plot(tables))
        page = ROOT / "docs/paper.md"
        head, rest = page.read_text().split(BEGIN)
        head, tail = head, rest.split(END)[1]
        today = f"{date.today():%d %B %Y}, {os.cpu_count()} cores of {os.uname().machine}, one used"
        page.write_text(f"{head}{BEGIN}\n\nMeasured {today}.\n\n{text}\n\n{END}{tail}")


def measure(frames: list[Path], folder: Path, rounds: int) -> dict[str, Stages]:
    """Median milliseconds of each stage of both, which take turns frame by frame."""
    looks = {"paper": papers_look(frames, folder), "moodbox": our_look(frames)}
    taken: dict[str, list[Stages]] = {name: [] for name in looks}
    for number in range(rounds + 1):
        for frame in range(len(frames)):
            for name, look in looks.items():
                stages = look(frame)
                if number:  # the first warms up
                    taken[name].append(stages)
    return {name: medians(each) for name, each in taken.items()}


def medians(taken: Sequence[Stages]) -> Stages:
    """Milliseconds by stage, and of the whole."""
    found = {stage: 1000 * median(each[stage] for each in taken) for stage in taken[0]}
    return found | {"whole": 1000 * median(sum(each.values()) for each in taken)}


def timed(stages: Stages, name: str, do: Callable[[], object]) -> object:
    """What `do` gives; its processor time goes to the stage."""
    began = time.process_time()
    given = do()
    stages[name] = time.process_time() - began
    return given


def papers_look(frames: list[Path], folder: Path) -> Look:
    """Haar on the whole grey frame, the first face to 48x48, the network."""
    import cv2

    from appliance import tflite

    cv2.setNumThreads(1)
    pictures = [picture for picture in (cv2.imread(str(path)) for path in frames) if picture is not None]
    cascade = Path(cv2.__file__).parent / "data/haarcascade_frontalface_default.xml"
    finds = cv2.CascadeClassifier(str(cascade))
    (folder / "plain.tflite").write_bytes(plain_network())
    reads = tflite.load(folder / "plain.tflite", (folder / "plain.tflite").read_bytes(), "")
    place = reads.get_input_details()[0]["index"]

    def look(number: int) -> Stages:
        stages: Stages = {}
        grey = cv2.cvtColor(pictures[number], cv2.COLOR_BGR2GRAY)
        found = timed(stages, "find", lambda: finds.detectMultiScale(grey, 1.3, 5))
        left, top, width, height = next(iter(found), (200, 120, 240, 240))  # type: ignore[call-overload]
        face = grey[top : top + height, left : left + width]
        crop = timed(stages, "crop", lambda: cv2.resize(face, (48, 48)).astype(np.float32) / 255)
        reads.set_tensor(place, np.asarray(crop).reshape(1, 48, 48, 1))
        timed(stages, "read", reads.invoke)
        return stages

    return look


def our_look(frames: list[Path]) -> Look:
    """A newcomer's look, by the service's own path: no face is followed."""
    from appliance.camera import Shape, to_frame
    from appliance.camera.recording import read_picture
    from appliance.tflite import MODELS
    from appliance.vision import Eyes
    from appliance.vision.emotion import Classifier
    from appliance.vision.faces import BlazeFace

    finds = Stopwatch(BlazeFace(MODELS / "face_detector.tflite"))
    reads = Stopwatch(Classifier(MODELS / "emotion.tflite"))
    pictures = [picture for picture in map(read_picture, frames) if picture is not None]

    def look(number: int) -> Stages:
        frame = to_frame(pictures[number], Shape(), time.monotonic())
        finds.seconds = reads.seconds = 0.0
        began = time.process_time()
        Eyes(finds, reads, time.monotonic).look(frame)  # type: ignore[arg-type]
        whole = time.process_time() - began
        return {"find": finds.seconds, "crop": whole - finds.seconds - reads.seconds, "read": reads.seconds}

    return look


class Stopwatch:
    """Adds up what calls of a part's methods take."""

    def __init__(self, part: object) -> None:
        self._part = part
        self.seconds = 0.0

    def __getattr__(self, name: str) -> object:
        value = getattr(self._part, name)
        return self._timed(value) if callable(value) else value

    def _timed(self, do: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            began = time.process_time()
            given = do(*arguments, **named)
            self.seconds += time.process_time() - began
            return given

        return call


def plain_network() -> bytes:
    """A CNN of the usual shape for 48x48 faces, as a .tflite file, with random weights."""
    from converter.music.flatbuffer import Number
    from converter.music.graph import NONE, RELU, SAME, VALID, Graph

    chance = np.random.default_rng(1)

    def some(*shape: int) -> np.ndarray:
        return chance.normal(0, 0.05, shape).astype(np.float32)

    class Plain(Graph):
        def halve(self, into: int) -> int:
            _, height, width, channels = self.shape(into)
            options = self._options(VALID, 2, 2, 2) | {4: Number("i", 2), 5: Number("b", NONE)}
            return self._add(MAX_POOL, [into], (1, height // 2, width // 2, channels), options)

    graph = Plain()
    begin = at = graph.input("face", (1, 48, 48, 1))
    channels = 1
    for wide, is_halved in ((32, False), (64, True), (128, True), (128, True)):
        at = graph.conv(at, some(3, 3, channels, wide), some(wide), SAME, RELU)
        at = graph.halve(at) if is_halved else at
        channels = wide
    at = graph.conv(at, some(6, 6, channels, 448), some(448), VALID, RELU)  # a dense layer over all of it
    at = graph.over_time(at, 40)
    at = graph.dense(at, some(448, 7), some(7), NONE)
    return graph.file([begin], [at], "random")


def table(kind: str, figures: dict[str, Stages]) -> str:
    """The figures in Markdown."""
    names = {
        "find": "find the face",
        "crop": "crop and all else",
        "read": "read the emotion",
        "whole": "a look",
    }
    rows = [
        f"| {what} | {figures['paper'][stage]:.2f} | {figures['moodbox'][stage]:.2f} |"
        for stage, what in names.items()
    ]
    ratio = figures["paper"]["whole"] / figures["moodbox"]["whole"]
    head = f"| {kind}, 640x480, ms | the paper's pipeline | ours |\n| --- | --- | --- |"
    return "\n".join([head, *rows, f"| how many times faster | | {ratio:.1f} |"])


def plot(tables: dict[str, dict[str, Stages]]) -> str:
    """Bars, one a pipeline and kind of frame, as SVG."""
    colours = {"find": "#4a90d9", "crop": "#aaaaaa", "read": "#d9824a"}
    bars = [(kind, name, figures[name]) for kind, figures in tables.items() for name in figures]
    longest = max(stages["whole"] for _, _, stages in bars)
    parts = []
    for number, (kind, name, stages) in enumerate(bars):
        top, left = 20 + 40 * number, 210.0
        parts.append(f'<text x="200" y="{top + 18}" text-anchor="end">{kind}, {name}</text>')
        for stage, colour in colours.items():
            width = 400 * max(0.0, stages[stage]) / longest
            parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="26" fill="{colour}"/>')
            left += width
        parts.append(f'<text x="{left + 6:.1f}" y="{top + 18}">{stages["whole"]:.1f} ms</text>')
    height = 40 * len(bars) + 60
    for number, (stage, colour) in enumerate(colours.items()):
        parts.append(
            f'<rect x="{210 + 90 * number}" y="{height - 30}" width="12" height="12" fill="{colour}"/>'
        )
        parts.append(f'<text x="{227 + 90 * number}" y="{height - 19}">{stage}</text>')
    size = f'width="720" height="{height}" font-family="sans-serif" font-size="14"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>\n"])


if __name__ == "__main__":
    main()
