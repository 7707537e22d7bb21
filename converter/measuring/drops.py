"""Light and noise: the written protocol of what a dark room and a cheap camera do to a face.

Each takes uint8 (n, 48, 48) and gives the same; what is random comes from a fixed seed. They act on the crop,
so that detector and network can be judged apart.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

DISPLAY_GAMMA = 2.2
FULL_WELL = 1000.0
"""Electrons at white: a small sensor's pixel at high gain."""
READ_NOISE = 2.0
"""Electrons, standard deviation."""
MOTION = 5
"""Pixels of a crop that the face moves in one exposure: a tenth of it."""


def gamma(faces: np.ndarray, exponent: float) -> np.ndarray:
    """Make the faces darker, the shadows most: pixel ** exponent."""
    return _pixels((faces / 255.0) ** exponent)


def light(faces: np.ndarray, share: float) -> np.ndarray:
    """Let this share of the light reach a camera that does not change its exposure."""
    return _pixels((share * _linear(faces)) ** (1 / DISPLAY_GAMMA))


def noise(faces: np.ndarray, sigma: float) -> np.ndarray:
    """Add Gaussian noise. sigma: in steps of 255."""
    return _pixels((faces + np.random.default_rng(1).normal(0, sigma, faces.shape)) / 255)


def dark_sensor(faces: np.ndarray, share: float) -> np.ndarray:
    """Let this share of the light reach a sensor, with its shot and read noise."""
    random = np.random.default_rng(1)
    electrons = random.poisson(share * _linear(faces) * FULL_WELL) + random.normal(0, READ_NOISE, faces.shape)
    return _pixels(np.clip(electrons / FULL_WELL, 0, 1) ** (1 / DISPLAY_GAMMA))


def motion(faces: np.ndarray, length: int) -> np.ndarray:
    """Blur the faces as if they had moved sideways by `length` pixels while the shutter was open."""
    kernel = np.full((1, length), 1 / length)
    moved = [cv2.filter2D(face, -1, kernel, borderType=cv2.BORDER_REPLICATE) for face in faces]
    return np.asarray(moved, np.uint8)


def jpeg(faces: np.ndarray, quality: int) -> np.ndarray:
    """Through JPEG of this quality, 1 to 100."""
    coded = (cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for face in faces)
    return np.asarray([cv2.imdecode(one, cv2.IMREAD_GRAYSCALE) for one in coded], np.uint8)


def _linear(faces: np.ndarray) -> np.ndarray:
    return (faces / 255.0) ** DISPLAY_GAMMA


def _pixels(shares: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(shares * 255), 0, 255).astype(np.uint8)


DROPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gamma 2": partial(gamma, exponent=2),
    "gamma 3": partial(gamma, exponent=3),
    "gamma 4": partial(gamma, exponent=4),
    "light x0.25": partial(light, share=0.25),
    "noise sigma 10": partial(noise, sigma=10),
    "noise sigma 20": partial(noise, sigma=20),
    "light x0.1, shot and read noise": partial(dark_sensor, share=0.1),
    f"motion blur, {MOTION} pixels": partial(motion, length=MOTION),
    "JPEG 20": partial(jpeg, quality=20),
}
