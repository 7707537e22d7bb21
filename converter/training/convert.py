"""A checkpoint of ours to the shipped pair: NAME.tflite and the card beside it, NAME.json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from converter.errors import BadInput
from converter.measuring import card_json, faces_file, operating
from converter.training import quantize, recipe, twin
from converter.training.checkpoint import averaged, load, opened, predict, story
from converter.training.finish import finish
from converter.training.net import Net

CALIBRATION_FACES = 600
AGREEMENT = 1e-3
"""How far the logits of the Keras twin may be from PyTorch's: rounding, not mistakes."""


@dataclass(frozen=True)
class Interpolation:
    """Another network of the same shape, and its share in each weight.

    Between a network and what more training made of it lie such as know the new without forgetting the old
    (Wortsman et al., 2022, "Robust fine-tuning of zero-shot models").
    """

    other: Path
    share: float


def interpolated(network: Net, between: Interpolation, faces: np.ndarray) -> Net:
    """Move the network's weights towards the other's. Raises BadInput when their shapes differ.

    faces: uint8 (n, 48, 48), training faces.
    """
    other = opened(between.other, faces).state_dict()
    ours = network.state_dict()
    if any(name not in other or other[name].shape != weight.shape for name, weight in ours.items()):
        raise BadInput(f"{between.other}: has another shape; name a network of the same one")
    mean = {
        name: weight.lerp(other[name], between.share) if weight.is_floating_point() else weight
        for name, weight in ours.items()
    }
    network.load_state_dict(mean)
    return network


def convert(
    checkpoint: Path,
    data: Path,
    valid: Path | None,
    to: Path,
    version: str,
    say: Callable[[str], None],
    between: Interpolation | None = None,
    chosen: Path | None = None,
) -> None:
    """Choose the operating point on held-out rows, quantize, calibrate, and write `to` and its card.

    data: the training faces, of which the held-out rows are used to choose and the others to calibrate on.
    valid: faces for the card's accuracy; None leaves it empty.
    to: the .tflite file to write. between: another network whose weights have a share.
    chosen: the network of ours whose choices hold, for one that has learnt the held-out rows, too.
    Raises BadInput when a file cannot be used.
    """
    state = load(checkpoint)
    if state["recipe"].get("all_rows", False) != (chosen is not None):
        raise BadInput(
            f"{checkpoint}: --chosen names the network whose choices hold for one that was trained with "
            "--all-rows, which has learnt the faces to choose on; for any other they are chosen anew"
        )
    learnt, held_out = faces_file.split(faces_file.load(data), data)
    source = interpolated(averaged(state), between, learnt.faces) if between else averaged(state)
    if held_out.votes is None:
        raise BadInput(
            f"{data}: has no array 'votes' to choose the operating point by; use a file of 'converter data'"
        )
    log_prior = recipe.log_prior(learnt)
    by_votes, by_labels = predict(source, held_out.faces)
    before = card_json.read(chosen) if chosen else None
    if before:
        blend, shift, rest = _choices(before)
    else:
        point = operating.choose(by_votes, by_labels, held_out.votes, log_prior)
        say(f"chosen on {len(held_out)} held-out faces: {point}")
        blend, shift = point.blend, point.shift
        rest = operating.rest(by_votes + blend * by_labels - shift * log_prior, held_out.votes)
    offset = operating.offset(shift, rest, log_prior)
    head = twin.Head(blend, tuple(offset.tolist()))
    model = twin.make(source, head)
    _compare(source, head, model, held_out.faces[:32])
    picked = np.random.default_rng(1).choice(len(learnt), min(CALIBRATION_FACES, len(learnt)), replace=False)
    with quantize.export(model) as folder:
        content = quantize.quantize(Path(folder), learnt.faces[np.sort(picked)], str(checkpoint))
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(content)
    made = story(state) | {"blend": blend, "shift": shift, "rest": rest}
    if between:
        made["weights_of"] = {"file": between.other.name, "share": between.share}
    if before:
        made["chosen_by"] = before["version"]
        finish(to, version, None, log_prior, valid, made, say, known=before)
    else:
        finish(to, version, held_out, log_prior, valid, made, say, by_votes + blend * by_labels + offset)


def _choices(card: dict[str, Any]) -> tuple[float, float, float]:
    """Blend, shift and rest of a network that was trained here."""
    try:
        blend, shift, rest = (card["training"][choice] for choice in ("blend", "shift", "rest"))
    except KeyError as error:
        raise BadInput(f"--chosen: {card.get('name')} has no {error} on its card; name one of ours") from None
    return blend, shift, rest


def _compare(source: Any, head: twin.Head, model: Any, faces: np.ndarray) -> None:
    """Raise BadInput when the Keras twin does not compute what the PyTorch network does."""
    by_votes, by_labels = predict(source, faces)
    wanted = by_votes + head.blend * by_labels + np.array(head.shift)
    pixels = (faces.astype(np.float32) / 255)[..., None]
    got = np.concatenate([np.asarray(model(pixel[None])) for pixel in pixels])
    furthest = float(np.abs(got - wanted).max())
    if furthest > AGREEMENT * max(1.0, float(np.abs(wanted).max())):
        raise BadInput(
            f"the Keras twin's logits are off by {furthest:.2g}; TensorFlow {_version()} computes otherwise"
        )


def _version() -> str:
    import tensorflow as tf

    return f"{tf.__version__} beside PyTorch {torch.__version__}"
