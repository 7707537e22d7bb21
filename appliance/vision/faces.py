"""Frame -> face boxes: BlazeFace through the TFLite runtime, OpenCV's Haar cascade without its file."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import cv2
import numpy as np

from appliance import tflite
from appliance.errors import EmptyCrop, ModelError
from appliance.protocol.looks import Box, Face, Frame
from appliance.vision import Detector
from appliance.vision.preprocess import square, square_about

log = logging.getLogger(__name__)

REMEDY = "fetch it with `python models/fetch.py`"
SHA256 = "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633"
"""Of BlazeFace's file. Not every runtime refuses a damaged one: tflite-runtime 2.14 dies of one cut short."""
SIDE = 128
"""BlazeFace short-range looks at 128x128 pixels."""
ANCHOR_GRIDS = ((16, 2), (8, 6))
"""(cells along a side, anchors in each): strides 8 and three times 16, two anchors each; 896 in all."""
TO_REAL = np.arange(256, dtype=np.float32) / np.float32(127.5) - np.float32(1)
"""Grey level -> the network's real input, -1 to 1."""
MIN_SCORE = 0.5
"""MediaPipe's own threshold for this network."""
MIN_LOGIT = math.log(MIN_SCORE / (1 - MIN_SCORE))
NO_ODDS = -6.0
"""Log-odds of a look that shows no face; no look counts as less, lest one outweigh the others in the mean."""
HAAR_SHARE, HAAR_LIFT = 1.22, 0.08
"""Side of Haar's box over BlazeFace's; how much higher its centre lies, over its own side.

Both are medians of 200 photographs (docs/decisions/crop.md).
"""
SAME_FACE = 0.3
"""Boxes that overlap more (intersection over union) are one face; MediaPipe's threshold."""


def located(setting: str) -> Path:
    """The file that the setting `vision.detector` means: a path, or `auto`, the one fetched at install."""
    return tflite.MODELS / "face_detector.tflite" if setting == "auto" else Path(setting)


def open_detector(model: Path) -> Detector:
    """BlazeFace, or Haar when its file cannot be used, which the log then says.

    Raises ModelError when there is neither.
    """
    try:
        return BlazeFace(model)
    except ModelError as error:
        haar = Haar()
        log.warning("%s. Until then OpenCV's Haar cascade is used: slower, and it misses more faces", error)
        return haar


@dataclass(frozen=True)
class Glance:
    """A second look at a face, in widths of it."""

    share: float
    """Side of the square that is looked at."""
    across: float
    down: float
    """Where its centre lies from the face's."""
    is_mirrored: bool


GLANCES = (Glance(3.0, 0.0, 0.0, True), Glance(2.5, -0.1, 0.2, False), Glance(2.5, 0.1, -0.2, True))
"""Noise lends a score to one look, hardly to all: docs/decisions/one-look.md."""
FIRST = 32
"""Boxes of a glance that are looked at before all the others."""
CLEAR = 1.0
"""Log-odds from which, either way, no further look is needed: 4 of 5 faces take one, judged all the same."""


class BlazeFace:
    """MediaPipe's BlazeFace short-range. Not for use by two threads at once.

    V. Bazarevsky et al., BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs, 2019.
    """

    def __init__(self, model: Path) -> None:
        """Raises ModelError, naming the file and the remedy."""
        content = tflite.read(model, REMEDY)
        if hashlib.sha256(content).hexdigest() != SHA256:
            raise ModelError(f"{model}: this is not BlazeFace short-range, or it is damaged; {REMEDY}")
        self._interpreter = tflite.load(model, content, REMEDY)
        ends = [*self._interpreter.get_input_details(), *self._interpreter.get_output_details()]
        by_shape = {tuple(end["shape"].tolist()): int(end["index"]) for end in ends}
        self._input = by_shape[1, SIDE, SIDE, 3]
        self._boxes = by_shape[1, 896, 16]
        self._scores = by_shape[1, 896, 1]
        self._anchors = anchors()
        # Kept: the allocator gives an array of this size back to the kernel, and fetching it anew takes time.
        self._picture = np.empty((1, SIDE, SIDE, 3), np.float32)

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        """See `listener.Detector`."""
        picture, ratio, where = _choose_picture(frame, region, SIDE)
        try:
            # Bilinear: a fifth of the time of averaging, and as many faces found (docs/decisions/crop.md).
            patch = square(picture, where, SIDE, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        except EmptyCrop:
            return []
        left, top, side = square_about(where, 4 * max(picture.shape))
        boxes, scores = self._detect(patch)
        found = merge(boxes, scores)
        faces = [_to_face(points, score, left, top, side, ratio) for points, score in found]
        return [face for face in faces if face.box.width > 0 and face.box.height > 0]  # nor is NaN a face

    def again(self, frame: Frame, face: Face) -> float:
        """See `listener.Detector`: the mean of up to three looks' log-odds, as a score.

        One mirrored look said too little: 88.1 % of photographs were sure, where 96.5 % are so.
        """
        odds: list[float] = []
        for glance in GLANCES:
            odds.append(self._glance(frame, face.box, glance))
            if abs(mean(odds)) >= CLEAR:
                break
        return 1 / (1 + math.exp(-mean(odds)))

    def _glance(self, frame: Frame, box: Box, glance: Glance) -> float:
        """The best log-odds of a face within half a face of the box's centre and half to twice its size."""
        width = max(box.width, box.height)
        side = glance.share * width
        x = box.left + box.width / 2 + glance.across * width
        y = box.top + box.height / 2 + glance.down * width
        picture, _, where = _choose_picture(frame, Box(x - side / 2, y - side / 2, side, side), SIDE)
        try:
            patch = square(picture, where, SIDE, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        except EmptyCrop:
            return NO_ODDS
        raw_boxes, raw_scores = self._invoke(cv2.flip(patch, 1) if glance.is_mirrored else patch)
        return best_odds(raw_boxes, raw_scores, self._anchors, glance)

    def _detect(self, patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One look. patch: uint8 (128, 128). Returns what `decode` gives."""
        return decode(*self._invoke(patch), self._anchors)

    def _invoke(self, patch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The network's raw boxes and scores, as `decode` takes them. patch: uint8 (128, 128)."""
        cv2.cvtColor(cv2.LUT(patch, TO_REAL), cv2.COLOR_GRAY2RGB, dst=self._picture[0])
        self._interpreter.set_tensor(self._input, self._picture)
        self._interpreter.invoke()
        raw_scores = self._interpreter.get_tensor(self._scores)[0, :, 0]
        return self._interpreter.get_tensor(self._boxes)[0], raw_scores


class Haar:
    """OpenCV's frontal-face cascade, from OpenCV's own data. Gives no key points and no real score."""

    SCORE = 0.5
    """Stands in for the score that a cascade does not give."""
    LONGEST = 320
    """Pixels along the longer side of the picture that is searched."""

    def __init__(self, opencv: Any = cv2) -> None:
        """opencv: the module, for tests. Raises ModelError when it has no cascades, as OpenCV 5."""
        if not hasattr(opencv, "CascadeClassifier") or not hasattr(opencv, "data"):
            raise ModelError(
                f"OpenCV {opencv.__version__} has no Haar cascade to find faces with; {REMEDY}, "
                "or install opencv-python-headless 4"
            )
        path = Path(opencv.data.haarcascades) / "haarcascade_frontalface_default.xml"
        self._cascade = opencv.CascadeClassifier(str(path))
        if self._cascade.empty():
            raise ModelError(f"{path}: OpenCV cannot read its Haar cascade; {REMEDY}")

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        """See `listener.Detector`."""
        picture, ratio, where = _choose_picture(frame, region, self.LONGEST)
        try:
            left, top, side = square_about(where, 4 * max(picture.shape))
        except EmptyCrop:
            return []
        x, y = max(left, 0), max(top, 0)
        patch = picture[y : max(top + side, 0), x : max(left + side, 0)]
        if min(patch.shape) < 24:  # the cascade's own window
            return []
        found = self._cascade.detectMultiScale(patch, scaleFactor=1.1, minNeighbors=5, minSize=(24, 24))
        boxes = [
            _like_blazeface(x + float(dx), y + float(dy), float(size), ratio) for dx, dy, size, _ in found
        ]
        return [Face(box, self.SCORE) for box in sorted(boxes, key=lambda box: -box.area)]

    def again(self, frame: Frame, face: Face) -> float:
        """See `listener.Detector`. A cascade gives no score; five windows agreed on each of its faces."""
        return 1.0


def _like_blazeface(left: float, top: float, side: float, ratio: float) -> Box:
    """Haar's square drawn as BlazeFace would, in the frame's pixels, so that one crop fits both."""
    centre_x, centre_y, width = left + side / 2, top + side * (0.5 + HAAR_LIFT), side / HAAR_SHARE
    box = Box(centre_x - width / 2, centre_y - width / 2, width, width)
    return Box(box.left * ratio, box.top * ratio, box.width * ratio, box.height * ratio)


def _choose_picture(frame: Frame, region: Box | None, size: int) -> tuple[np.ndarray, float, Box]:
    """The smaller picture with `size` pixels in `region`, grey pixels per pixel of it, the region in it."""
    height, width = frame.grey.shape
    ratio = width / frame.small.shape[1]
    where = region or Box(0, 0, width, height)
    if region is not None and max(where.width, where.height) / ratio < size:
        return frame.grey, 1.0, where
    scaled = Box(where.left / ratio, where.top / ratio, where.width / ratio, where.height / ratio)
    return frame.small, ratio, scaled


def anchors() -> np.ndarray:
    """The centre of each of BlazeFace's anchors. Returns float32 (896, 2): x, y in 0 to 1."""
    centres = [
        ((x + 0.5) / cells, (y + 0.5) / cells)
        for cells, count in ANCHOR_GRIDS
        for y in range(cells)
        for x in range(cells)
        for _ in range(count)
    ]
    return np.array(centres, dtype=np.float32)


def decode(
    raw_boxes: np.ndarray, raw_scores: np.ndarray, centres: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn the network's output into boxes and scores.

    raw_boxes: float32 (896, 16), in pixels: centre, size and six key points, about each anchor.
    raw_scores: float32 (896,), before the sigmoid. centres: `anchors()`.
    Returns points, float32 (n, 8, 2) in 0 to 1: top left, bottom right and the key points, x before y;
    and scores, float32 (n,): those of `MIN_SCORE` or more.
    """
    likely = np.flatnonzero(raw_scores >= MIN_LOGIT)
    return place(raw_boxes[likely], centres[likely]), 1 / (1 + np.exp(-raw_scores[likely]))


def best_odds(raw_boxes: np.ndarray, raw_scores: np.ndarray, centres: np.ndarray, glance: Glance) -> float:
    """The best log-odds in a glance of a face within half a face of its middle, half to twice its size.

    raw_boxes, raw_scores, centres: as `decode` takes them.
    """
    across = -glance.across if glance.is_mirrored else glance.across
    best_first = np.argsort(-raw_scores)
    # Mostly the face is among the first, and 896 boxes take a fifth as long as the network itself.
    for some in (best_first[:FIRST], best_first[FIRST:]):
        points = place(raw_boxes[some], centres[some])
        aside = (points[:, :2].mean(axis=1) - 0.5) * glance.share + (across, glance.down)
        size = (points[:, 1] - points[:, 0]).mean(axis=1) * glance.share
        here = (np.abs(aside).max(axis=1) < 0.5) & (size > 0.5) & (size < 2)
        if here.any():
            return max(NO_ODDS, float(raw_scores[some][here.argmax()]))
    return NO_ODDS


def place(raw_boxes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Corners and key points, float32 (n, 8, 2), of raw boxes (n, 16) and their anchors' centres (n, 2)."""
    points = raw_boxes.reshape(-1, 8, 2) / SIDE
    half = points[:, 1] / 2
    points[:, 1] = 0
    points += centres[:, np.newaxis]
    points[:, 1] = points[:, 0] + half
    points[:, 0] -= half
    return points


def merge(points: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Weighted non-maximum suppression: boxes of one face become their mean, weighted by score.

    points, scores: as `decode` gives them. Returns (points, score) of each face, the best first.
    """
    faces = []
    left = np.argsort(-scores)
    while len(left):
        same = _overlap(points[left[0]], points[left]) > SAME_FACE
        same[0] = True
        weights = scores[left[same]]
        mean = weights @ points[left[same]].reshape(-1, 16) / weights.sum()
        faces.append((mean.reshape(8, 2), float(scores[left[0]])))
        left = left[~same]
    return faces


def _overlap(one: np.ndarray, many: np.ndarray) -> np.ndarray:
    """Intersection over union. one: (8, 2); many: (n, 8, 2). Returns (n,)."""
    shared = np.minimum(one[1], many[:, 1]) - np.maximum(one[0], many[:, 0])
    common = np.maximum(shared[:, 0], 0) * np.maximum(shared[:, 1], 0)
    sides = many[:, 1] - many[:, 0]
    width, height = one[1] - one[0]
    either = width * height + sides[:, 0] * sides[:, 1] - common
    return common / np.maximum(either, 1e-9)


def _to_face(points: np.ndarray, score: float, left: int, top: int, side: int, ratio: float) -> Face:
    """From 0 to 1 within a square of the picture to pixels of `Frame.grey`."""
    corners: Sequence[list[float]] = ((points * side + (left, top)) * ratio).tolist()
    (x0, y0), (x1, y1) = corners[:2]
    return Face(Box(x0, y0, x1 - x0, y1 - y0), score, tuple((x, y) for x, y in corners[2:]))
