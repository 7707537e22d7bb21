"""Measure, for `evaluate`: crops, photographs, and the peer beside them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from converter import places
from converter.measuring import faces_file, frames, peer
from converter.measuring.evaluate import classifier, report, score


def measure(options: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """All that the options ask for, in one object; see `evaluate.score` and `frames.score` for its keys.

    Raises BadInput when something given cannot be used.
    """
    reads = classifier(options.model, options.sensitivity)
    found: dict[str, Any] = {"model": {"name": reads.card.name, "version": reads.card.version}}
    found["model"]["sha256"] = reads.card.sha256
    if options.sensitivity:
        found["sensitivity"] = options.sensitivity
    if options.frames is not None:
        found |= frames.report(
            options.frames, options.detector, reads, frames.beside(options.peer, say), options.in_room
        )
    if options.data is None and options.frames is not None:
        return found
    data = faces_file.load(options.data or places.data() / "fer_valid.npz")
    measured = report(reads, data, options.only)
    if options.peer is not None:
        theirs = score(peer.read_faces(data.faces, say), data, options.only)
        measured[peer.NAME] = found.get(peer.NAME, {}) | theirs
    return found | measured
