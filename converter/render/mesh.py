"""The morphable head that faces are drawn from, and the points that it is drawn by.

Made for ICT-FaceKit's light model (USC Institute for Creative Technologies, MIT licence,
https://github.com/ICT-VGL/ICT-FaceKit), stored as `converter data --mesh` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.errors import BadInput

FACE_END, HEAD_END, MOUTH_END, SOCKETS_END, GUMS_END, TEETH_END = 9409, 11248, 13294, 14062, 17039, 21451
"""Vertices are in this order; each number is the first one of the next part."""
EYES = ((22221, 23021), (23791, 24591))
"""First and last of either eye's ball; the cornea and the film of tears are not drawn."""
LASHES = 25351
SPACING = 0.22
"""Units of the mesh between two drawn points; a face is 20 units wide, and drawn about 100 pixels wide."""


@dataclass(frozen=True, eq=False)
class Points:
    """Where the head is drawn: points on its triangles, far more than pixels."""

    corners: np.ndarray
    """int32 (n, 3), vertices."""
    weights: np.ndarray
    """float32 (n, 3), of each vertex; they sum to 1."""
    home: np.ndarray
    """float32 (n, 3), the point on the mean face at rest: where skin, brows and lips are painted."""
    part: np.ndarray
    """uint8 (n,): 0 face, 1 head and neck, 2 mouth, 3 eye sockets, 4 gums, 5 teeth, 6 eyes, 7 lashes."""

    def of(self, values: np.ndarray, some: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Values at the vertices -> at the points, or some of them. float32 (vertices, 3) to (n, 3)."""
        mixed: np.ndarray = np.einsum("nk,nkd->nd", self.weights[some], values[self.corners[some]])
        return mixed


@dataclass(frozen=True, eq=False)
class Mesh:
    """The morphable head: v vertices, and how its shapes move them."""

    mean: np.ndarray
    """float32 (v, 3): x to the head's left, y up, z to the front; about a centimetre each."""
    identities: np.ndarray
    """float32 (100, v, 3), of unit variance, the strongest first."""
    expressions: np.ndarray
    """float32 (shapes, v, 3)."""
    names: tuple[str, ...]
    """Of the expressions' shapes."""
    triangles: np.ndarray
    """int32 (t, 3)."""
    points: Points

    def shaped(self, identity: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Vertices of one face. identity: float (100,); units: float (shapes,). Returns float32 (v, 3)."""
        moved = self.mean + np.tensordot(identity.astype(np.float32), self.identities, 1)
        used = np.flatnonzero(units)
        result: np.ndarray = moved + np.tensordot(units[used].astype(np.float32), self.expressions[used], 1)
        return result

    def normals(self, vertices: np.ndarray) -> np.ndarray:
        """Outward unit normals of the vertices: float32 (v, 3)."""
        a, b, c = (vertices[self.triangles[:, i]] for i in range(3))
        across = np.cross(b - a, c - a)
        total = np.empty_like(vertices)
        corners = self.triangles.T.ravel()
        for axis in range(3):
            total[:, axis] = np.bincount(corners, np.tile(across[:, axis], 3), len(vertices))
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)


VERTICES = 26719
SHAPES = {"mean": (VERTICES, 3), "identities": (100, VERTICES, 3), "triangles": (None, 3)}


def load(path: Path) -> Mesh:
    """Read the .npz file. Raises BadInput when it is missing or is not this mesh."""
    if not path.is_file():
        raise BadInput(f"{path}: no such file; name ICT-FaceKit's head, as .npz, with --mesh")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in (*SHAPES, "expressions", "expression_names")}
    except Exception as error:  # numpy raises ValueError, BadZipFile, KeyError, OSError ... for a broken file
        raise BadInput(f"{path}: not the mesh that faces are drawn from ({error})") from error
    for name, shape in SHAPES.items():
        got = arrays[name].shape
        if len(got) != len(shape) or any(
            want not in (None, has) for want, has in zip(shape, got, strict=True)
        ):
            raise BadInput(f"{path}: array '{name}' has shape {got}; this is not ICT-FaceKit's light model")
    mean = arrays["mean"].astype(np.float32)
    triangles = arrays["triangles"].astype(np.int32)
    return Mesh(
        mean,
        arrays["identities"].astype(np.float32),
        arrays["expressions"].astype(np.float32),
        tuple(map(str, arrays["expression_names"])),
        triangles,
        _points(mean, triangles),
    )


def _points(mean: np.ndarray, triangles: np.ndarray) -> Points:
    """Points on every triangle that is drawn, a `SPACING` apart or closer."""
    part = _part_of(triangles.max(1))
    triangles, part = triangles[part < 255], part[part < 255]
    a, b, c = (mean[triangles[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    corners, weights, parts = [], [], []
    steps = np.maximum(1, np.ceil(np.sqrt(2 * area) / SPACING)).astype(int)
    for step in np.unique(steps):
        some = np.flatnonzero(steps == step)
        grid = _barycentric(int(step))
        corners.append(np.repeat(triangles[some], len(grid), axis=0))
        weights.append(np.tile(grid, (len(some), 1)))
        parts.append(np.repeat(part[some], len(grid)))
    all_corners, all_weights = np.concatenate(corners), np.concatenate(weights).astype(np.float32)
    home = np.einsum("nk,nkd->nd", all_weights, mean[all_corners])
    return Points(all_corners, all_weights, home, np.concatenate(parts).astype(np.uint8))


def _part_of(last: np.ndarray) -> np.ndarray:
    """The part that a triangle with this last vertex is of; 255 where it is not drawn."""
    ends = (FACE_END, HEAD_END, MOUTH_END, SOCKETS_END, GUMS_END, TEETH_END)
    part = np.digitize(last, ends)
    part[part == len(ends)] = 255
    for first, end in EYES:
        part[(last >= first) & (last < end)] = 6
    part[last >= LASHES] = 7
    return part


def _barycentric(steps: int) -> np.ndarray:
    """Middles of the small triangles that `steps` cuts on each side make: float (steps**2, 3)."""
    rows = []
    for i in range(steps):
        for j in range(steps - i):
            rows.append((i + 1 / 3, j + 1 / 3))
            if j < steps - i - 1:
                rows.append((i + 2 / 3, j + 2 / 3))
    two = np.array(rows) / steps
    return np.column_stack((two, 1 - two.sum(1)))
