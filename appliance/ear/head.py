"""Judges how a song sounds: features to valence and arousal, each with its error. See models/music.md.

A kernel ridge: a song is like those of the rated clips whose sound is like its own, in several respects.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance.ear.hearing import FEATURES_VERSION, Heard
from appliance.errors import ModelError
from appliance.tflite import MODELS

SHIPPED = MODELS / "music.json"
REMEDY = "put the shipped file back: run the installer again, or `git checkout models`"

LIMIT, STEPS = 4.0, 31.75
"""Features are kept within four deviations, and in steps of 1/31.75 of one: a byte each."""


@dataclass(frozen=True)
class Judgement:
    """How a song sounds. Both axes in deviations of the rated clips, 0 their mean."""

    valence: float
    arousal: float
    valence_deviation: float
    arousal_deviation: float
    """Standard deviations of the two, as measured on artists that the head had not heard."""
    surety: float
    """By how many deviations it is away from the nearer of the two borders between quadrants."""
    quadrant: str
    """`happy`, `tense`, `sad` or `calm`."""
    borders: tuple[float, float]
    """Where the quadrants part: valence, arousal."""


@dataclass(frozen=True, eq=False)
class Axis:
    """The fitted numbers that give one axis, valence or arousal. All arrays are float32."""

    groups: tuple[str, ...]
    weights: np.ndarray
    """One for each group."""
    coefficients: np.ndarray
    """One for each rated clip."""
    mean: float
    deviation: float
    border: float


@dataclass(frozen=True, eq=False)
class Group:
    """A group of features that are compared together: among all alike, the mode's few would be drowned."""

    names: tuple[str, ...]
    """Of features; `embedding_N` are those of the second ear."""
    mean: np.ndarray
    scale: np.ndarray
    length_scale: float
    """Of the kernel, see `nearness`."""
    clips: np.ndarray
    """(rated clips, names), standardised."""

    def alike(self, songs: np.ndarray) -> np.ndarray:
        """How much each of the songs (n, names) is like each rated clip: (n, clips), 0 to 1."""
        wanted = standardised(songs, self.mean, self.scale)
        return nearness(wanted, self.clips, self.length_scale)


class Head:
    """The head of `music.json`: one for both ears, and one for a box without the second."""

    def __init__(self, path: Path = SHIPPED) -> None:
        """Raises ModelError when the file is missing, damaged, or of other features."""
        try:
            content = path.read_bytes()
            raw = json.loads(content)
            version = raw["features_version"]
            self.features = tuple(map(str, raw["features"]))
            """Names of our own, in the order in which they are kept."""
            self._groups = {name: _group(group) for name, group in raw["groups"].items()}
            self._heads = {
                name: {axis: _axis(one) for axis, one in axes.items()} for name, axes in raw["heads"].items()
            }
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}; {REMEDY}") from error
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ModelError(f"{path}: this is no head for music ({error}); {REMEDY}") from error
        self.name = hashlib.sha256(content).hexdigest()[:16]
        """Of the file's content: what another head has judged is judged again."""
        if version != FEATURES_VERSION:
            raise ModelError(
                f"{path}: it is for features {version}, and these are {FEATURES_VERSION}; {REMEDY}"
            )

    def judge(self, heard: Heard) -> Judgement:
        """How the song sounds; from both ears where both have heard it."""
        return self.judge_all([heard])[0]

    def judge_all(self, songs: list[Heard]) -> list[Judgement]:
        """The same for several at once, which must all be heard by the same ears."""
        axes = self._heads["both" if songs[0].embedding is not None else "own"]
        valence, arousal = (self._said(axes[axis], songs) for axis in ("valence", "arousal"))
        return [_judgement(axes, float(v), float(a)) for v, a in zip(valence, arousal, strict=True)]

    def _said(self, axis: Axis, songs: list[Heard]) -> np.ndarray:
        alike = sum(
            weight * self._groups[name].alike(values(songs, self._groups[name].names))
            for name, weight in zip(axis.groups, axis.weights, strict=True)
        )
        return alike @ axis.coefficients + axis.mean


def values(songs: list[Heard], names: tuple[str, ...]) -> np.ndarray:
    """The named features of the songs: (songs, names)."""
    return np.array([[value(song, name) for name in names] for song in songs])


def value(song: Heard, name: str) -> float:
    """One feature of a song, by name, of our own ear or of the second one."""
    if not name.startswith("embedding_"):
        return song.features[name]
    assert song.embedding is not None  # only asked for where there is one
    return float(song.embedding[int(name.removeprefix("embedding_"))])


def standardised(songs: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The features (n, names) in deviations from the rated clips' mean, kept within `LIMIT`."""
    return np.clip((songs - mean) / scale, -LIMIT, LIMIT)


def nearness(first: np.ndarray, second: np.ndarray, length_scale: float) -> np.ndarray:
    """How alike songs (n, names) and others (m, names) are, 0 to 1: the rational quadratic kernel, alpha 1/2.

    It is a mean of Gaussians of all widths: what is far counts a little still.
    """
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return 1 / np.sqrt(1 + np.maximum(squares, 0) / first.shape[1] / length_scale**2)


def _judgement(axes: dict[str, Axis], valence: float, arousal: float) -> Judgement:
    v, a = axes["valence"], axes["arousal"]
    high, awake = valence > v.border, arousal > a.border
    surety = min(abs(valence - v.border) / v.deviation, abs(arousal - a.border) / a.deviation)
    quadrant = {(True, True): "happy", (False, True): "tense", (False, False): "sad", (True, False): "calm"}
    return Judgement(
        valence, arousal, v.deviation, a.deviation, surety, quadrant[high, awake], (v.border, a.border)
    )


def _axis(raw: dict[str, Any]) -> Axis:
    weights = raw["weights"]
    return Axis(
        tuple(weights),
        np.array(list(weights.values()), np.float32),
        np.array(raw["coefficients"], np.float32),
        float(raw["mean"]),
        float(raw["deviation"]),
        float(raw["border"]),
    )


def _group(raw: dict[str, Any]) -> Group:
    names = tuple(raw["names"])
    steps = np.frombuffer(base64.b64decode(raw["clips"], validate=True), np.int8)
    mean, scale = (np.array(raw[key], float) for key in ("mean", "scale"))
    return Group(names, mean, scale, float(raw["length_scale"]), steps.reshape(-1, len(names)) / STEPS)
