"""Soft shapes on a picture: all that the drawn faces are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

Colour = tuple[float, float, float]
"""Blue, green, red; 0 to 1."""
Points = np.ndarray
"""float (n, 2): x to the right, y downwards."""

SHIFT = 4
"""Sub-pixel bits of OpenCV's polygons: without them a slow movement would jump from pixel to pixel."""


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Between `a` (t = 0) and `b` (t = 1)."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def curve(points: list[tuple[float, float]] | Points, closed: bool = True, steps: int = 8) -> Points:
    """A smooth line through `points` (Catmull-Rom), `steps` segments from each to the next."""
    p = np.asarray(points, dtype=float)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    p = np.concatenate([ends[0], p, ends[1]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None, :] for i in range(4))
    line = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    line = line.reshape(-1, 2)
    return line if closed else np.concatenate([line, p[-2:-1]])


def ellipse(x: float, y: float, width: float, height: float, degrees: float = 0.0) -> Points:
    """The outline of an ellipse about (x, y); `width` and `height` are its half axes."""
    t = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    turn = math.radians(degrees)
    u, v = width * np.cos(t), height * np.sin(t)
    return np.stack(
        [x + u * math.cos(turn) - v * math.sin(turn), y + u * math.sin(turn) + v * math.cos(turn)], axis=1
    )


def stroke(points: list[tuple[float, float]] | Points, widths: list[float]) -> Points:
    """The outline of a line through `points` that is `widths` (half, one per point) thick."""
    line = curve(points, closed=False)
    along = np.linspace(0, len(widths) - 1, len(line))
    half = np.interp(along, np.arange(len(widths)), widths)[:, None]
    direction = np.gradient(line, axis=0)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    normal = direction[:, ::-1] * np.array([[-1.0, 1.0]])
    return np.concatenate([line + normal * half, (line - normal * half)[::-1]])


@dataclass(frozen=True)
class Pose:
    """Where a head is, and how it is turned."""

    x: float = 320.0
    """Centre of the face in the picture, pixels."""
    y: float = 240.0
    scale: float = 100.0
    """Half the width of the face, pixels."""
    yaw: float = 0.0
    """Degrees, positive towards the right edge of the picture."""
    pitch: float = 0.0
    """Degrees, positive looks down."""
    roll: float = 0.0
    """Degrees, positive turns clockwise."""

    def place(self, points: Points, depth: float = 0.0, flat: bool = False) -> Points:
        """Face units -> pixels. The face is an ellipsoid; `depth` lies above its surface (a nose does).

        `flat` points (neck, shoulders) follow the head's place and size but not its turning.
        """
        p = np.asarray(points, dtype=float)
        if not flat:
            p = self._rotate(p, depth)
        return p * self.scale + np.array([self.x, self.y])

    def _rotate(self, p: Points, depth: float) -> Points:
        yaw, pitch, roll = (math.radians(v) for v in (self.yaw, self.pitch, self.roll))
        z = 0.85 * np.sqrt(np.maximum(0.0, 1 - (p[:, 0] / 1.3) ** 2 - (p[:, 1] / 2.0) ** 2)) + depth
        x = p[:, 0] * math.cos(yaw) + z * math.sin(yaw)
        y = p[:, 1] * math.cos(pitch) + z * math.sin(pitch)
        # The neck holds the head below its middle, so that a tilted head swings to the side.
        y = y - 1.2
        return np.stack(
            [x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll) + 1.2], axis=1
        )


class Canvas:
    """A picture that soft-edged polygons are painted on."""

    def __init__(self, width: int, height: int) -> None:
        self.planes = np.zeros((3, height, width), dtype=np.float32)
        """Blue, green and red, 0 to 1; apart, since numpy blends whole planes several times faster."""

    def fill(
        self,
        points: Points,
        colour: Colour,
        alpha: float = 1.0,
        soft: float = 0.0,
        within: Points | None = None,
    ) -> None:
        """Paint a polygon. Pixels throughout: `soft` is the width of its blurred edge; it stays `within`."""
        if alpha <= 0.004:
            return
        left, top, right, bottom = self._region(points, soft)
        if within is not None:
            limit = self._region(within, 0.0)
            left, top = max(left, limit[0]), max(top, limit[1])
            right, bottom = min(right, limit[2]), min(bottom, limit[3])
        if right <= left or bottom <= top:
            return
        corner, shape = np.array([left, top]), (bottom - top, right - left)
        mask = _mask(points - corner, shape, soft)
        if within is not None:
            mask *= _mask(within - corner, shape, 0.8)
        mask *= alpha
        for plane, value in zip(self.planes, colour, strict=True):
            area = plane[top:bottom, left:right]
            area += mask * (np.float32(value) - area)

    def _region(self, points: Points, soft: float) -> tuple[int, int, int, int]:
        height, width = self.planes.shape[1:]
        low, high = points.min(axis=0) - 2 * soft - 2, points.max(axis=0) + 2 * soft + 3
        return max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1]))


def _mask(points: Points, shape: tuple[int, int], soft: float) -> np.ndarray:
    """float32 (height, width), 0 to 1: inside `points`, with an edge `soft` pixels wide."""
    mask: np.ndarray = np.zeros(shape, dtype=np.uint8)
    fixed = np.round(points * 2**SHIFT).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=SHIFT)
    if soft >= 0.5:
        size = 2 * max(1, round(soft)) + 1
        mask = cv2.stackBlur(mask, (size, size))
    return mask.astype(np.float32) * np.float32(1 / 255)
