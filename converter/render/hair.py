"""Hair, scarf, cap, and glasses, as points of their own on the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from converter.render.mesh import FACE_END, Mesh
from converter.render.person import Person

STRANDS, KNOTS = 2600, 26
"""Strands of long hair, and points along each."""
EYES_AT = (3.15, 3.4)
"""Where glasses sit: aside and up, units of the mesh."""
SKULL = np.array([0.0, 5.0, 0.5])
"""The middle of the skull, units of the mesh."""


@dataclass(frozen=True, eq=False)
class Worn:
    """Points of hair, cloth or glasses, beside the head's own."""

    at: np.ndarray
    """float32 (n, 3)."""
    normal: np.ndarray
    """float32 (n, 3)."""
    tone: np.ndarray
    """float32 (n,), reflectance."""


def worn(
    mesh: Mesh, person: Person, vertices: np.ndarray, normals: np.ndarray, random: np.random.Generator
) -> Worn:
    """All that this person wears. vertices, normals: float32 (v, 3), of the face as shaped."""
    pieces = [_hair(mesh, person, vertices, normals, random)]
    if person.glasses:
        pieces.append(_glasses(person, vertices, random))
    if person.hair in ("scarf", "cap"):
        pieces.append(_cloth(mesh, person, vertices, normals, random))
    return Worn(
        *(
            np.concatenate([getattr(piece, name) for piece in pieces]).astype(np.float32)
            for name in ("at", "normal", "tone")
        )
    )


def _scalp(mesh: Mesh, person: Person) -> np.ndarray:
    """The points that hair grows on: bool (n,)."""
    x, y, z = mesh.points.home.T
    line = 10.2 + person.hairline - 0.05 * x**2 - np.clip(np.abs(x) - 5, 0, 2.5) * 2.2
    front = (z > 2) & (y > line)
    back = (z <= 2) & (y > np.where(np.abs(x) > 7.2, 2.0, -3.5)) & ~((np.abs(x) > 8.6) & (y < 5))
    return (mesh.points.part <= 1) & (front | back)


def _hair(
    mesh: Mesh, person: Person, vertices: np.ndarray, normals: np.ndarray, random: np.random.Generator
) -> Worn:
    if person.hair in ("bald", "scarf", "cap"):
        return Worn(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    on = np.flatnonzero(_scalp(mesh, person))
    at, out = mesh.points.of(vertices, on), mesh.points.of(normals, on)
    high = {"shaved": 0.12, "short": 0.9, "parted": 1.3, "fringe": 1.2, "long": 1.2, "curly": 2.6}[
        person.hair
    ]
    bumps = _bumps(at, random, 1.4 if person.hair == "curly" else 0.7)
    thick = high * (0.65 + 0.5 * bumps)[:, None]
    layers = [at + out * thick * share for share in (1.0, 0.5)]
    shade = person.hair_tone * (0.55 + 0.6 * bumps + 0.35 * random.random(len(at)))
    if person.hair == "shaved":
        shade = 0.5 * shade + 0.25 * person.skin
    cap = Worn(np.concatenate(layers), np.tile(out, (2, 1)), np.tile(shade, 2))
    if person.hair not in ("long", "fringe", "parted"):
        return cap
    strands = _strands(person, at + out * thick, random)
    return Worn(
        *(
            np.concatenate(pair)
            for pair in ((cap.at, strands.at), (cap.normal, strands.normal), (cap.tone, strands.tone))
        )
    )


def _bumps(at: np.ndarray, random: np.random.Generator, often: float) -> np.ndarray:
    """Locks, about 0 to 1: waves in directions at random."""
    total = np.zeros(len(at))
    for _ in range(4):
        wave = random.normal(0, often, 3)
        total += np.sin(at @ wave + random.uniform(0, 6.3))
    return np.clip(0.5 + total / 5, 0, 1)


def _strands(person: Person, roots: np.ndarray, random: np.random.Generator) -> Worn:
    """Hair that hangs: to the shoulders at the sides, or over the forehead."""
    x, y, z = roots.T
    if person.hair == "fringe":
        on, length = (z > 3) & (y > 9), random.uniform(3.5, 6.0)
    elif person.hair == "parted":
        on, length = (z > 1) & (y > 8.5), random.uniform(2.5, 5.0)
    else:
        on, length = (np.abs(x) > 4.5) & (y > 3) & (z < 7), random.uniform(9, 19)
    start = roots[np.flatnonzero(on)]
    if not len(start):
        return Worn(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    start = start[random.integers(len(start), size=STRANDS)]
    along = np.linspace(0, 1, KNOTS)[None, :, None] * (length * random.uniform(0.7, 1.1, (STRANDS, 1, 1)))
    aside = np.sign(start[:, :1] + random.choice([-1, 1]) * (person.hair == "parted") * 2.5)
    pull = np.concatenate((0.25 * aside, -np.ones_like(aside), 0.1 + 0 * aside), 1)
    if person.hair == "parted":
        pull[:, 0] *= 4
    pull = pull / np.linalg.norm(pull, axis=1, keepdims=True)
    path = start[:, None] + pull[:, None] * along
    path += (
        0.25
        * np.sin(along * 0.9 + random.uniform(0, 6.3, (STRANDS, 1, 1)))
        * random.normal(0, 1, (STRANDS, 1, 3))
    )
    away = path - SKULL
    away[..., 1] *= 0.6
    far = np.linalg.norm(away, axis=2, keepdims=True)
    need = np.where(path[..., 1:2] > -2, 8.9, 7.2)
    path += away / np.maximum(far, 1e-6) * np.maximum(0, need - far)
    normal = path - SKULL
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-6)
    tone = person.hair_tone * random.uniform(0.5, 1.3, (STRANDS, 1)) * np.ones((1, KNOTS))
    return Worn(path.reshape(-1, 3), normal.reshape(-1, 3), tone.ravel())


def _cloth(
    mesh: Mesh, person: Person, vertices: np.ndarray, normals: np.ndarray, random: np.random.Generator
) -> Worn:
    """A cap, or a scarf that covers hair, ears and neck."""
    x, y, z = mesh.points.home.T
    if person.hair == "cap":
        on = (y > 9.3 + 0.3 * person.hairline) & (mesh.points.part <= 1)
    else:
        around = np.hypot(x / 6.6, (y - 1.8) / 9.2)
        on = (mesh.points.part <= 1) & ((around > 1) | (z < 3))
    some = np.flatnonzero(on)
    at, out = mesh.points.of(vertices, some), mesh.points.of(normals, some)
    tone = random.uniform(0.03, 0.7)
    folds = _bumps(at, random, 0.5)
    return Worn(at + out * (0.8 + 0.5 * folds)[:, None], out, tone * (0.8 + 0.3 * folds))


def _glasses(person: Person, vertices: np.ndarray, random: np.random.Generator) -> Worn:
    """Two frames before the eyes, a bridge and the sides."""
    face = vertices[:FACE_END]
    on_nose = (np.abs(face[:, 0]) < 0.6) & (np.abs(face[:, 1] - 3.2) < 0.8)
    front = float(face[on_nose, 2].max(initial=10.0))
    wide, high, square = random.uniform(1.9, 2.5), random.uniform(1.2, 2.0), random.uniform(2, 5)
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    ring_x = wide * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** (2 / square)
    ring_y = high * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** (2 / square)
    aside, up = EYES_AT
    at: list[tuple[Any, Any, Any]] = []
    for side in (-1, 1):
        for grow in np.linspace(0, person.glasses, 4):
            bent = front - 0.05 * np.abs(ring_x + side * 0.5)
            at.append((side * aside + ring_x * (1 + grow / wide), up + ring_y * (1 + grow / high), bent))
        for lift in np.linspace(0, person.glasses, 3):
            at.append((side * (aside + wide + 2.2), up + 0.6 + lift, np.linspace(front - 0.4, -1, 90)))
    for lift in np.linspace(0, person.glasses, 3):
        at.append((np.linspace(-aside + wide, aside - wide, 40), up + 0.5 + lift, front + 0.1))
    points = np.concatenate([np.column_stack(np.broadcast_arrays(*curve)) for curve in at])
    return Worn(
        points, np.tile([0.0, 0.3, 0.95], (len(points), 1)), np.full(len(points), person.glasses_tone)
    )
