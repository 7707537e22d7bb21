"""Our own int8 file as a network again, to be trained further or to teach: the file is all that is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from converter.errors import BadInput
from converter.measuring import card_json, operating, tflite_file
from converter.training import net


def network(path: Path, faces: np.ndarray) -> net.Net:
    """The network in a .tflite file of ours, with the rounding that quantization did to its weights.

    Its head for votes is as before the operating point was added; the head for labels knows nothing yet.
    faces: uint8 (n, 48, 48), some hundred, on which the norms that were folded away are measured anew.
    Raises BadInput when the file is not one that this version's `convert` made of a checkpoint.
    """
    layers = tflite_file.layers(path)
    try:
        card = card_json.read(path)
        made = card["training"]
        source = net.make(made["recipe"]["net"])
        pairs = _pairs(source)
        for name, (conv, norm) in pairs.items():
            _fill(conv, norm, layers[name])
        head = layers["logits"]
        # `twin` gave each half of the channels half of the weight.
        source.votes.weight.data = 2 * net.mean_of_halves(torch.from_numpy(head.kernel[:, 0, 0]))
        offset = operating.offset(made["shift"], made.get("rest", 0.0), np.array(card["log_prior"]))
        source.votes.bias.data = torch.from_numpy(head.bias - offset.astype(np.float32))
        nn.init.zeros_(source.labels.weight)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise BadInput(
            f"{path}: cannot be trained further ({error}); it was not made of a checkpoint of this version"
        ) from error
    _measure_norms(source.eval(), [norm for _, norm in pairs.values()], faces)
    return source


def story(path: Path) -> dict[str, Any]:
    """How the network in a .tflite file of ours came to be, from the card beside it."""
    made: dict[str, Any] = card_json.read(path)["training"]
    return made


def _pairs(source: net.Net) -> dict[str, tuple[net.MirrorConv2d, net.MirrorNorm2d]]:
    """Each convolution and its norm, by the name that `twin` gives it."""
    pairs = {"stem": (source.stem, source.stem_norm)}
    for index, block in enumerate(source.blocks):
        pairs[f"block{index}-conv1"] = (block.conv1, block.norm1)
        pairs[f"block{index}-conv2"] = (block.conv2, block.norm2)
        if not isinstance(block.short, nn.Identity):
            pairs[f"block{index}-short"] = (block.short[1], block.short[2])
    return pairs


def _fill(conv: net.MirrorConv2d, norm: net.MirrorNorm2d, layer: tflite_file.Layer) -> None:
    """Take the folded weights of the first half; the norm changes nothing but adds the bias."""
    kernels, wanted = torch.from_numpy(layer.kernel).permute(0, 3, 1, 2), conv.kernels().shape
    if conv.in_channels == 1:
        kernels = F.pixel_shuffle(kernels, 2)  # `twin` gave it blocks of 2x2 pixels
    if kernels.shape != wanted:
        raise ValueError(f"kernels of {tuple(kernels.shape)} where {tuple(wanted)} was expected")
    conv.weight.data = kernels[: len(conv.weight)].contiguous(memory_format=torch.channels_last)
    if not torch.equal(conv.kernels(), kernels):
        raise ValueError("its kernels are not beside their mirror images")
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)  # to which the norm adds eps: it divides by 1
    norm.bias.data = torch.from_numpy(layer.bias[: len(norm.bias)])
    nn.init.ones_(norm.weight)


@torch.no_grad()
def _measure_norms(source: net.Net, norms: list[net.MirrorNorm2d], faces: np.ndarray) -> None:
    """Give the norms the statistics of what they see, and gains and biases that leave it as it is."""
    seen: dict[net.MirrorNorm2d, Tensor] = {}

    def remember(norm: net.MirrorNorm2d, given: tuple[Any, ...], _: Tensor) -> None:
        seen[norm] = given[0]

    hooks = [norm.register_forward_hook(remember) for norm in norms]
    source((torch.from_numpy(faces)[:, None].float() / 255).contiguous(memory_format=torch.channels_last))
    for hook in hooks:
        hook.remove()
    for norm, given in seen.items():
        norm.running_mean.copy_(net.mean_of_halves(given.mean((0, 2, 3))))
        norm.running_var.copy_(net.mean_of_halves(given.var((0, 2, 3))))
        norm.weight.copy_((norm.running_var + norm.eps).sqrt())
        norm.bias.add_(norm.running_mean)
