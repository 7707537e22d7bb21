"""From points with a reflectance to a picture: head pose, camera, light and its shadows, a background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

WIDE = 120
"""Pixels across the picture that is drawn, before it is made as small as a network's input."""
SHADOW = 110
"""Pixels across the picture that the light sees."""
FACE = 21.0
"""Units of the mesh that are the picture's width, when the crop sits as it should."""
MIDDLE = np.array([0.0, 2.0, 6.0])
"""The point at which the camera looks, units of the mesh: between eyes and mouth."""


@dataclass(frozen=True, eq=False)
class View:
    """How the head stands, where the camera is, and where the light comes from."""

    turn: np.ndarray
    """float64 (3, 3), of the head."""
    distance: float
    """Of the camera, units of the mesh: a centimetre or so."""
    width: float
    """Of what is seen, in the same units."""
    shift: np.ndarray
    """float64 (2,), where the face's middle is beside the picture's, as a share of its width: right, down."""
    light: np.ndarray
    """float64 (3,), towards the light, a unit vector in the camera's axes."""
    key: float
    """Strength of that light,"""
    fill: float
    """of one from the other side,"""
    ambient: float
    """and of all that comes from everywhere."""


def view(random: np.random.Generator) -> View:
    """A head before a camera, mostly facing it."""
    yaw, pitch, roll = random.normal(0, [0.28, 0.15, 0.1])
    angle, height = random.normal(0, 0.8), random.normal(0.45, 0.4)
    towards = np.array([np.sin(angle) * np.cos(height), np.sin(height), np.cos(angle) * np.cos(height)])
    key = random.uniform(0.25, 1.0)
    return View(
        turn=rotation(float(np.clip(yaw, -0.75, 0.75)), float(np.clip(pitch, -0.45, 0.45)), float(roll)),
        distance=float(np.exp(random.uniform(np.log(38), np.log(220)))),
        width=FACE * float(np.exp(random.normal(0.02, 0.11))),
        shift=np.clip(random.normal(0, 0.035, 2), -0.12, 0.12),
        light=towards / np.linalg.norm(towards),
        key=key,
        fill=random.uniform(0, 0.4),
        ambient=random.uniform(0.15, 0.75) * (1.2 - 0.6 * key),
    )


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Turned to its left, then down, then tilted: float64 (3, 3). Radians."""
    cy, sy, cp, sp, cr, sr = (
        np.cos(yaw),
        np.sin(yaw),
        np.cos(pitch),
        np.sin(pitch),
        np.cos(roll),
        np.sin(roll),
    )
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    result: np.ndarray = tilt @ nod @ turn
    return result


def shoot(
    at: np.ndarray,
    normal: np.ndarray,
    tone: np.ndarray,
    shine: np.ndarray,
    is_hollow: np.ndarray,
    seen: View,
    behind: np.ndarray,
) -> np.ndarray:
    """Draw points as the camera sees them.

    at, normal: float (n, 3); tone, shine: float (n,), how much they reflect in all directions and in one.
    is_hollow: bool (n,), of the mouth and the eyes' sockets, which are seen from within.
    behind: float32 (rows, columns), linear light behind. Returns the same, with the head before it.
    """
    normal = _turned(normal, seen.turn)
    column, row, depth = projected(at, seen, behind.shape)
    at = _turned(at - MIDDLE, seen.turn)
    light = _lit(at, normal, tone, shine, seen)
    front = normal[:, 2] * seen.distance - (normal * at).sum(1) > -0.05 * seen.distance
    inside = (column >= 0) & (column < behind.shape[1]) & (row >= 0) & (row < behind.shape[0])
    order = np.flatnonzero(inside & (front | is_hollow))
    order = order[_by_depth(depth[order])]  # the nearest last: it stays
    picture, drawn = behind.copy(), np.zeros(behind.shape, np.uint8)
    at_pixel = row[order].astype(np.int32), column[order].astype(np.int32)
    picture[at_pixel] = light[order]
    drawn[at_pixel] = 1
    return _closed(picture, drawn)


def projected(
    at: np.ndarray, seen: View, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where points are in a picture of (rows, columns): columns and rows in pixels, and how near they are.

    at: float (n, 3), units of the mesh. Returns float (n,) each.
    """
    rows, columns = shape
    at = _turned(at - MIDDLE, seen.turn)
    scale = seen.distance / np.maximum(seen.distance - at[:, 2], 1.0) * columns / seen.width
    column = columns * (0.5 + seen.shift[0]) + at[:, 0] * scale
    row = rows * 0.5 + columns * seen.shift[1] - at[:, 1] * scale
    return column, row, at[:, 2]


def _turned(at: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """at: float (n, 3)."""
    return np.column_stack([_along(at, axis) for axis in turn])


def _along(at: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """How far points are along an axis: float (n,)."""
    # Not `@`: its threads, spinning while they wait for one another, take twice the time on a busy machine.
    result: np.ndarray = at[:, 0] * axis[0] + at[:, 1] * axis[1] + at[:, 2] * axis[2]
    return result


def _lit(at: np.ndarray, normal: np.ndarray, tone: np.ndarray, shine: np.ndarray, seen: View) -> np.ndarray:
    """Light that comes off each point: float32 (n,)."""
    facing = np.clip(_along(normal, seen.light), 0, 1)
    other = np.clip(_along(normal, seen.light * [-1, 1, 1]), 0, 1)
    sky = 0.6 + 0.4 * normal[:, 1]
    half = seen.light + np.array([0.0, 0.0, 1.0])
    gloss = np.clip(_along(normal, half / np.linalg.norm(half)), 0, 1) ** 24
    reached = seen.key * _unshadowed(at, seen.light)
    result: np.ndarray = (
        tone * (reached * facing + seen.fill * other + seen.ambient * sky) + shine * reached * gloss
    ).astype(np.float32)
    return result


def _unshadowed(at: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """1 where the light reaches a point, less where another is before it: float (n,)."""
    across = np.cross([0.0, 1.0, 0.0], towards)
    across /= max(float(np.linalg.norm(across)), 1e-6)
    up = np.cross(towards, across)
    depth = _along(at, towards)
    cell = [
        np.clip((_along(at, axis) / 40 + 0.5) * SHADOW, 0, SHADOW - 1).astype(np.int32)
        for axis in (across, up)
    ]
    nearest = np.full((SHADOW, SHADOW), -1e3, np.float32)
    order = _by_depth(depth)
    nearest[cell[1][order], cell[0][order]] = depth[order]
    # Soft at the rim: what a blurred depth says counts, within a bias.
    behind = cv2.blur(nearest, (3, 3))[cell[1], cell[0]] - depth
    return 1 - np.clip((behind - 0.6) / 0.9, 0, 0.85)


def _by_depth(depth: np.ndarray) -> np.ndarray:
    """The order from the farthest to the nearest."""
    # Numbers of 16 bits are sorted by counting, which is several times as fast.
    low, high = float(depth.min(initial=0)), float(depth.max(initial=1))
    return np.argsort(((depth - low) * (65535 / max(high - low, 1e-6))).astype(np.uint16), kind="stable")


def _closed(picture: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Fill the pixels between the points of a surface that none of them fell on."""
    for _ in range(2):
        weight = cv2.blur(drawn.astype(np.float32), (3, 3))
        mean = cv2.blur(picture * drawn, (3, 3)) / np.maximum(weight, 1e-6)
        holes = (drawn == 0) & (weight > 0.55)
        picture = np.where(holes, mean, picture)
        drawn = drawn | holes.astype(np.uint8)
    # What lies behind a skin shows through where no point of it fell, as specks of a pixel.
    return cv2.medianBlur(picture.astype(np.float32), 3)


def background(random: np.random.Generator, shape: tuple[int, int] = (WIDE, WIDE)) -> np.ndarray:
    """A wall, a slope of light, blurred things, or a room's edges: float32 (rows, columns), linear light."""
    tone = random.uniform(0.02, 0.7)
    rows, columns = shape
    column, row = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    slope = random.normal(0, 0.25, 2)
    plain = tone * np.exp(slope[0] * column + slope[1] * row)
    if random.random() < 0.6:
        things = random.normal(0, random.uniform(0.2, 0.8), (int(random.integers(3, 14)),) * 2)
        plain *= np.exp(
            cv2.resize(things.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
        )
    for _ in range(int(random.integers(0, 4))):
        left, top = random.integers(-columns // 2, columns), random.integers(-rows // 2, rows)
        right, bottom = left + random.integers(10, columns), top + random.integers(10, rows)
        plain[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] *= random.uniform(0.3, 2.0)
    return cv2.GaussianBlur(np.clip(plain, 0.003, 1.2).astype(np.float32), (0, 0), random.uniform(0.5, 4))
