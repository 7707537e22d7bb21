"""Moodbox beside `fer` 25.10.3, same frames, one thread each, taking turns: python tests/bench/fer.py [--rounds N].

Both are pinned to one core, so neither has a second thread to use. `fer` has its own environment, which the
first run makes in the cache, as `python -m converter evaluate --peer fer` does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("fer_worker.py")
TARGET = 30
"""Times faster than `fer` that Moodbox means to be."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, help="how often each frame is read (default: 10)")
    parser.add_argument("--json", action="store_true", help="the figures as JSON, on the last line")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from converter import peer

    interpreter = peer.python(lambda line: print(line, file=sys.stderr, flush=True))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # inherited by the worker
    with tempfile.TemporaryDirectory() as folder:
        figures = compare(interpreter, draw_frames(Path(folder)), options.rounds)
    print(f"{figures['frames']} frames of 640x480 with one face, {options.rounds} rounds, one core, medians:")
    print(f"  fer 25.10.3, found the face in {figures['fer_found']:2.0f}   {figures['fer_ms']:8.2f} ms")
    print(f"  moodbox, found the face in {figures['ours_found']:2.0f}       {figures['ours_ms']:8.2f} ms")
    print(f"  {figures['ratio']:.0f} times faster (target: {TARGET})")
    if options.json:
        print(json.dumps(figures))
    return 0


def draw_frames(folder: Path) -> list[Path]:
    """One picture of each expression."""
    import cv2

    from appliance.demo.drawing import EXPRESSIONS, portrait

    paths = [folder / f"{name}.png" for name in EXPRESSIONS]
    for path in paths:
        cv2.imwrite(str(path), portrait(path.stem))
    return paths


def compare(interpreter: Path, frames: list[Path], rounds: int) -> dict[str, float]:
    """Medians of each, and the ratio. Both look at each frame as if it were the first: nothing is followed."""
    ours = look_at_files()
    taken: dict[str, list[float]] = {"ours": [], "fer": []}
    found: dict[str, set[Path]] = {"ours": set(), "fer": set()}
    with subprocess.Popen(
        [interpreter, WORKER, *frames],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as worker:
        assert worker.stdin and worker.stdout
        for turn in range(rounds + 1):
            for number, frame in enumerate(frames):
                worker.stdin.write(b"%d\n" % number)
                worker.stdin.flush()
                answer = worker.stdout.readline().split()
                if not answer:
                    raise SystemExit("fer's worker has died; run it by hand to see why")
                seconds = {"fer": float(answer[0]), "ours": 0.0}
                faces = {"fer": answer[1] != b"0", "ours": False}
                seconds["ours"], faces["ours"] = ours(frame)
                for name in taken if turn else ():  # the first turn warms up
                    taken[name].append(seconds[name])
                    found[name] |= {frame} if faces[name] else set()
        worker.stdin.close()
    ours_s, fer_s = median(taken["ours"]), median(taken["fer"])
    return {
        "frames": len(frames),
        "ours_ms": 1000 * ours_s,
        "fer_ms": 1000 * fer_s,
        "ratio": fer_s / ours_s,
        "ours_found": len(found["ours"]),
        "fer_found": len(found["fer"]),
    }


def look_at_files():  # type: ignore[no-untyped-def]
    """A function: path -> (seconds from pixels to probabilities, whether a face was found)."""
    import cv2

    from appliance.bench import MODELS
    from appliance.emotion import Classifier
    from appliance.faces import BlazeFace
    from appliance.messages import Reading
    from appliance.pictures import Shape, to_frame
    from appliance.vision import Eyes

    cv2.setNumThreads(1)
    detector = BlazeFace(MODELS / "face_detector.tflite")
    classifier = Classifier(MODELS / "emotion.tflite")

    def look(path: Path) -> tuple[float, bool]:
        picture = cv2.imread(str(path))
        started = time.perf_counter()
        eyes = Eyes(detector, classifier, time.monotonic)
        seen = eyes.look(to_frame(picture, Shape(), time.monotonic()))
        return time.perf_counter() - started, isinstance(seen, Reading)

    return look


if __name__ == "__main__":
    sys.exit(main())
