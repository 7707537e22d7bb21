"""A file of ours whose operating point is chosen anew: the weights stay, the bias of its answers moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from converter.errors import BadInput
from converter.measuring import card_json, faces_file, operating, tflite_file
from converter.measuring.evaluate import classifier, logits_of
from converter.training.finish import finish


def retune(
    model: Path, data: Path, valid: Path | None, to: Path, version: str, say: Callable[[str], None]
) -> None:
    """Choose anew how often neutral is said, on held-out rows, and write `to` and its card.

    The blend of the heads and the shift by the prior are in the weights, and stay. data: the training faces.
    valid: faces for the card's accuracy. Raises BadInput when a file cannot be used.
    """
    card = card_json.read(model)
    learnt, held_out = faces_file.split(faces_file.load(data), data)
    if held_out.votes is None or learnt.votes is None:
        raise BadInput(f"{data}: has no array 'votes' to choose by; use a file of 'converter data'")
    made = dict(card["training"])
    if "recipe" not in made:
        raise BadInput(f"{model}: was not trained here, so nothing of its answers was chosen; convert it")
    if made["recipe"].get("all_rows"):
        raise BadInput(
            f"{model}: has learnt the faces to choose on; choose for the network before its last run"
        )
    before = np.zeros(len(card["labels"]))
    before[operating.NEUTRAL] = made.get("rest", 0.0)
    logits = logits_of(classifier(model), held_out.faces) - before
    made["rest"] = operating.rest(logits, held_out.votes)
    after = np.zeros_like(before)
    after[operating.NEUTRAL] = made["rest"]
    content = tflite_file.with_bias(model, "logits", after - before)
    if "maj7_float" in card["held_out"]:
        made["quantization_cost"] = round(card["held_out"]["maj7_float"] - card["held_out"]["maj7"], 4)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
    finish(to, version, held_out, np.array(card["log_prior"]), valid, made, say)
