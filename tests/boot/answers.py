"""The shipped emotion network's answers, to compare between processors.

answers.py make INPUTS.npy           faces of the demo's listener, cut and quantized as the box does it
answers.py run INPUTS.npy OUT.npy    what the network says to each, as int8; needs numpy and LiteRT alone
answers.py compare ONE.npy OTHER.npy status 0 when no answer differs by more than one step
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "emotion.tflite"
FACES = 24
STEP = 1
"""Kernels may round the last step of int8 differently."""


def make(inputs: Path) -> None:
    """Write int8 (n, 1, 48, 48, 1), at most `FACES`, spread over the whole recording."""
    sys.path.insert(0, str(ROOT))
    from appliance.camera import open_camera
    from appliance.demo.material import material
    from appliance.errors import RecordingEnded
    from appliance.vision.emotion import read_card
    from appliance.vision.faces import open_detector
    from appliance.vision.preprocess import crop, to_input

    ends = read_card(MODEL.with_suffix(".json")).input
    detector = open_detector(ROOT / "models" / "face_detector.tflite")
    camera = open_camera(f"replay:{material().recording}", loop=False, paced=False)
    found = []
    with contextlib.closing(camera), contextlib.suppress(RecordingEnded):
        while True:
            frame = camera.read(timeout_s=10.0)
            for face in detector.find(frame)[:1]:
                picture = crop(frame.grey, face.box)
                found.append(to_input(picture, ends.scale, ends.zero_point))
    np.save(inputs, np.stack(found[:: max(1, len(found) // FACES)][:FACES]))


def run(inputs: Path, out: Path) -> None:
    """Write int8 (n, 7)."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(MODEL), num_threads=1)
    interpreter.allocate_tensors()
    (entry,), (leaving,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for face in np.load(inputs):
        interpreter.set_tensor(entry["index"], face)
        interpreter.invoke()
        answers.append(interpreter.get_tensor(leaving["index"])[0].copy())
    np.save(out, np.stack(answers))


def compare(one: Path, other: Path) -> int:
    """Print the differences. Returns the exit status."""
    first, second = np.load(one).astype(int), np.load(other).astype(int)
    apart = np.abs(first - second)
    same = bool((first.argmax(1) == second.argmax(1)).all())
    is_good = first.shape == second.shape and int(apart.max()) <= STEP
    differ = f"{int((apart > 0).sum())} of {first.size} int8 answers differ, by at most {int(apart.max())}"
    print(f"   {'ok   ' if is_good else 'WRONG'} x86-64 and {other.stem}: {differ}; same emotions: {same}")
    return 0 if is_good else 1


if __name__ == "__main__":
    action, *named = sys.argv[1:]
    files = [Path(name) for name in named]
    if action == "compare":
        sys.exit(compare(*files))
    make(*files) if action == "make" else run(*files)
