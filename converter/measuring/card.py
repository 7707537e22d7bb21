"""The card for people, models/NAME.md: generated, every number measured in this very run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from appliance.protocol.emotions import EMOTIONS
from appliance.vision.emotion import Classifier
from converter.errors import BadInput
from converter.measuring import (
    card_json,
    card_text,
    drawing,
    faces_file,
    frames,
    metrics,
    operating,
    peer,
    protocol,
    tflite_file,
)
from converter.measuring.drops import DROPS
from converter.measuring.evaluate import classifier, logits_of, score

SENSITIVITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
Say = Callable[[str], None]


def write(
    model: Path, valid: Path, photographs: Path | None, detector: Path, beside: str | None, say: Say
) -> Path:
    """Measure `model` and write its card and the pictures that the card shows; returns the card's path.

    valid: faces with votes. photographs: folder or .zip of LABEL/NNN.jpg, or None. beside: "fer", or None.
    Raises BadInput when something cannot be used.
    """
    faces = faces_file.load(valid)
    if faces.votes is None:
        raise BadInput(
            f"{valid}: has no array 'votes', which the card's protocols need; use 'converter data'"
        )
    reads = classifier(model)
    say("measuring our own")
    logits = logits_of(reads, faces.faces)
    theirs = None
    if beside is not None:
        say(f"measuring {peer.NAME} {peer.VERSION}")
        theirs = peer.read_faces(faces.faces, say)
    found: dict[str, Any] = {
        "card": card_json.read(model),
        "file": tflite_file.read(model),
        "ours": score(reads.calibrate(logits), faces, None),
        "peer": None if theirs is None else score(theirs, faces, None),
        "sensitivity": [_at_sensitivity(reads, logits, faces, value) for value in SENSITIVITIES],
        "drops": drops(reads, faces, beside is not None, say),
        "frames": _photographs(photographs, detector, reads, beside, say, in_room=False),
        "in a room": _photographs(photographs, detector, reads, beside, say, in_room=True),
    }
    folder = model.parent / "pictures"
    folder.mkdir(exist_ok=True)
    truth = protocol.maj7(faces.votes)
    for name, drawn in pictures(reads.calibrate(logits), theirs, truth, found["ours"]["confusion"]).items():
        (folder / f"{model.stem}-{name}.svg").write_text(drawn, encoding="utf-8")
    target = model.with_suffix(".md")
    target.write_text(card_text.text(model.stem, found), encoding="utf-8")
    return target


def pictures(
    ours: np.ndarray, theirs: np.ndarray | None, truth: np.ndarray, table: list[list[int]]
) -> dict[str, str]:
    """The SVG pictures by name. ours, theirs: probabilities, float (n, 7)."""
    lines = [("ours", _kept(ours, truth))]
    if theirs is not None:
        lines.append((peer.NAME, _kept(theirs, truth)))
    return {
        "confusion": drawing.confusion(table, EMOTIONS),
        "reliability": drawing.reliability(metrics.reliability(ours, truth)),
        "coverage": drawing.curve(lines, "share of faces kept, surest first", "share right among them"),
    }


def _kept(probabilities: np.ndarray, truth: np.ndarray) -> list[tuple[float, float]]:
    kept, right = metrics.risk_coverage(probabilities, truth)
    if not len(kept):
        return []
    # A hundred points draw the curve; the first few faces alone would draw noise.
    places = np.unique(np.linspace(len(kept) // 50, len(kept) - 1, 100).astype(int))
    return [(float(kept[place]), float(right[place])) for place in places]


def _at_sensitivity(
    reads: Classifier, logits: np.ndarray, faces: faces_file.Faces, value: float
) -> dict[str, Any]:
    shifted = logits / reads.card.temperature - value * np.array(reads.card.log_prior)
    found = score(operating.softmax(shifted), faces, None)
    neutral = EMOTIONS.index("neutral")
    return {
        "sensitivity": value,
        "maj7": found["maj7"],
        "macro_recall": found["macro_recall"],
        "ece": found["ece"],
        "recall": {emotion: row["recall"] for emotion, row in found["classes"].items()},
        "neutral": round(float((shifted.argmax(axis=1) == neutral).mean()), 5),
    }


def drops(reads: Classifier, faces: faces_file.Faces, beside: bool, say: Say) -> dict[str, dict[str, float]]:
    """`maj7` under each of `DROPS`, and on the faces as they are, of ours and, if `beside`, the peer's."""
    assert faces.votes is not None
    truth = protocol.maj7(faces.votes)
    counted = faces.faces[truth != protocol.LEFT_OUT]
    wanted = truth[truth != protocol.LEFT_OUT]
    found = {}
    for name, change in {"as they are": lambda unchanged: unchanged, **DROPS}.items():
        say(f"measuring: {name}")
        seen = change(counted)
        row = {"ours": metrics.accuracy(logits_of(reads, seen).argmax(axis=1), wanted)}
        if beside:
            row[peer.NAME] = metrics.accuracy(peer.read_faces(seen, say).argmax(axis=1), wanted)
        found[name] = row
    return found


def _photographs(
    source: Path | None,
    detector: Path,
    reads: Classifier,
    beside: str | None,
    say: Say,
    *,
    in_room: bool,
) -> dict[str, Any] | None:
    if source is None:
        return None
    say(f"measuring photographs of {source.name}{' in a room' if in_room else ''}")
    return frames.report(source, detector, reads, frames.beside(beside, say), in_room)
