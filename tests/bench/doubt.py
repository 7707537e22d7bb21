"""How soon a face is believed, and how often the noise of a dark room is: docs/decisions/one-look.md.

    python tests/bench/doubt.py [--photos photos.zip [--odd]] [--noise 100] [--seed 1]

Photographs lie in a room as for `python -m converter evaluate --in-room`, move by a pixel or two from one
look to the next, and have a sensor's noise, well lit or dim. Dark rooms are blotches that change slowly, as a
denoising night camera shows them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from appliance.camera import Shape, to_frame  # noqa: E402
from appliance.protocol.looks import Frame  # noqa: E402
from appliance.vision import Listener  # noqa: E402
from appliance.vision.faces import BlazeFace  # noqa: E402
from converter.measuring.photographs import listed, picture, unpacked  # noqa: E402
from converter.measuring.room import furnish  # noqa: E402

LIGHTS = (1.0, 0.25)
LOOKS = 100
"""Of a dark room in one sequence."""
PERIOD_S = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=Path, help="folder or .zip, LABEL/NNN.jpg")
    parser.add_argument("--odd", action="store_true", help="only every second photograph, none that chose")
    parser.add_argument("--noise", type=int, default=100, help="how many dark rooms (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the first of them (default: 1)")
    options = parser.parse_args()
    detector = BlazeFace(ROOT / "models" / "face_detector.tflite")
    if options.photos:
        say_photographs(options.photos, detector, 2 if options.odd else 1)
    rooms = range(options.seed, options.seed + options.noise)
    seen = [looks_seen(detector, blotches(room)) for room in rooms]
    print(
        f"dark rooms: somebody in {sum(map(bool, seen))} of {len(seen)}, in {sum(seen)} looks ({LOOKS} each)"
    )
    return 0


def say_photographs(photos: Path, detector: BlazeFace, step: int) -> None:
    with unpacked(photos) as folder, tempfile.TemporaryDirectory() as room:
        furnish(folder, Path(room), detector)
        pictures = [picture(path) for path, _ in listed(Path(room))][step - 1 :: step]
    for light in LIGHTS:
        first = [first_look(detector, moving(each, light, seed)) for seed, each in enumerate(pictures)]
        counts = {
            most: sum(look is not None and look <= most for look in first) for most in (1, 6, 10, 14, 20, 40)
        }
        print(f"photographs, light {light}: believed within {counts} looks, of {len(pictures)}")


def first_look(detector: BlazeFace, frames: Iterator[Frame]) -> int | None:
    """The look in which somebody was believed first, from 1; None for never."""
    listener = Listener(detector)
    return next((number for number, frame in enumerate(frames, 1) if listener.look(frame).listener), None)


def looks_seen(detector: BlazeFace, frames: Iterator[Frame]) -> int:
    listener = Listener(detector)
    return sum(listener.look(frame).listener is not None for frame in frames)


def moving(colour: np.ndarray, light: float, seed: int, looks: int = 40) -> Iterator[Frame]:
    """colour: uint8 (height, width, 3)."""
    random = np.random.default_rng(seed)
    for look in range(looks):
        shifted = np.roll(colour, (look // 2 % 8, look % 12), axis=(0, 1))
        noisy = np.clip(shifted * light + random.normal(0, 2, shifted.shape), 0, 255).astype(np.uint8)
        yield to_frame(noisy, Shape(), look * PERIOD_S)


def blotches(seed: int) -> Iterator[Frame]:
    """Their size, depth, slowness and light are drawn, too."""
    random = np.random.default_rng(seed)
    size, slow = random.choice([8, 12, 16, 20, 24, 30]), random.choice([0.9, 0.97, 0.98, 0.99, 0.995])
    levels, light = random.uniform(4, 11), random.uniform(25, 100)
    sensor = random.normal(0, 3, (480, 640)).astype(np.float32)
    field = np.zeros((120, 160), np.float32)
    for look in range(-1, LOOKS):
        fresh = cv2.GaussianBlur(random.standard_normal((120, 160), np.float32), (0, 0), size / 4)
        share = 1.0 if look < 0 else (1 - slow**2) ** 0.5
        field = (1 - share**2) ** 0.5 * field + share * fresh * levels / fresh.std()
        dark = cv2.resize(field, (640, 480), interpolation=cv2.INTER_CUBIC) + light
        grey = np.clip(dark + np.roll(sensor, 37 * look, axis=(0, 1)), 0, 255).astype(np.uint8)
        if look >= 0:
            yield to_frame(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), Shape(), look * PERIOD_S)


if __name__ == "__main__":
    sys.exit(main())
