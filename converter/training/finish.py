"""The last steps of any conversion: look the file over, fit its temperature, measure it, write its card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from converter.measuring import card_json, faces_file, operating
from converter.measuring.evaluate import classifier, logits_of, report
from converter.training import quantize

SAID = ("orig", "plur7", "maj7", "clear", "macro_recall", "ece")
"""Figures that a conversion prints at its end."""


def finish(
    to: Path,
    version: str,
    held_out: faces_file.Faces | None,
    log_prior: np.ndarray,
    valid: Path | None,
    training: dict[str, Any],
    say: Callable[[str], None],
    floats: np.ndarray | None = None,
    known: dict[str, Any] | None = None,
) -> None:
    """Fit the temperature of a converted file, measure it, and write its card.

    held_out: faces with votes to fit on; without them the temperature is 1.
    floats: logits of the float network on them, to say what quantization costs; float (n, 7).
    known: the card of the network whose temperature holds for this one, too, and whose figures it tells.
    """
    summary = quantize.check(to)
    card = card_json.make(to.stem, version, summary, 1.0, log_prior, training)
    card_json.write(to.with_suffix(".json"), card)
    if known:
        card |= {name: known[name] for name in ("temperature", "held_out")}
        card_json.write(to.with_suffix(".json"), card)
    elif held_out is not None and held_out.votes is not None:
        logits = logits_of(classifier(to), held_out.faces)
        card["temperature"] = operating.fit_temperature(logits, held_out.votes)
        card["held_out"] = card_json.held_out(logits, floats, held_out.votes, card["temperature"])
        say(f"held out: {card['held_out']}")
        card_json.write(to.with_suffix(".json"), card)
    say(f"{to}: {summary.bytes} bytes, {summary.macs / 1e6:.1f} MMAC, {summary.parameters} parameters")
    if valid is not None:
        card["accuracy"] = report(classifier(to), faces_file.load(valid), None)
        card_json.write(to.with_suffix(".json"), card)
        say(json.dumps({key: card["accuracy"][key] for key in SAID}))
