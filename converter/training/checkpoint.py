"""Networks of ours, out of the checkpoints of their runs or of the .tflite files made of those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from converter.errors import BadInput
from converter.training import net, rebuild

NORM_FACES = 512
"""So many faces give the statistics that a .tflite file has no place for."""


def load(path: Path) -> dict[str, Any]:
    """A checkpoint of `Run.save`. Raises BadInput when it is missing, damaged or of another version."""
    if not path.is_file():
        raise BadInput(f"{path}: no checkpoint there; train first, or name another run with --run")
    try:
        state = dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # pickle, zip and torch each raise their own
        raise BadInput(f"{path}: not a checkpoint of ours ({error}); train again") from error
    try:
        averaged(state)
    except (KeyError, RuntimeError) as error:
        raise BadInput(
            f"{path}: holds a network that this version does not know; train again, or use that which made it"
        ) from error
    return state


def story(state: dict[str, Any]) -> dict[str, Any]:
    """How the network of a checkpoint came to be, for cards."""
    told = {
        "recipe": state["recipe"],
        "epochs_done": state["epoch"],
        "lengths": state.get("lengths", []),
        "teachers": len(state.get("teachers", ())),
        "rendered": bool(state.get("rendered")),
    }
    before = state.get("before")
    return told | {"before": before} if before else told


def story_of(path: Path) -> dict[str, Any]:
    """`story` of either kind of file. Raises BadInput when there is none."""
    return rebuild.story(path) if path.suffix == ".tflite" else story(load(path))


def opened(path: Path, faces: np.ndarray) -> net.Net:
    """A network of ours, from a checkpoint or from the .tflite file made of one, ready to predict.

    faces: uint8 (n, 48, 48), training faces. Raises BadInput when there is no such network.
    """
    if path.suffix == ".tflite":
        return rebuild.network(path, faces[:NORM_FACES])
    return averaged(load(path))


def averaged(state: dict[str, Any]) -> net.Net:
    """The network of a checkpoint, its averaged weights, ready to predict."""
    result = net.make(state["recipe"]["net"])
    result.load_state_dict(state["average"])
    return result.eval()


@torch.no_grad()
def predict(network: net.Net, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits of both heads for uint8 (n, 48, 48): float32 (n, 7) each."""
    device = network.votes.weight.device
    batches = torch.from_numpy(faces)[:, None].to(device).split(256)
    both = [network((b.float() / 255).contiguous(memory_format=torch.channels_last)) for b in batches]
    return torch.cat([v for v, _ in both]).cpu().numpy(), torch.cat([lab for _, lab in both]).cpu().numpy()
