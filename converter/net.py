"""The emotion network, in PyTorch: plain residual 3x3 convolutions, which quantize well.

Two heads read the same features. `votes` learns the FER+ vote shares, `labels` the original FER-2013 labels,
which know more of rare and subtle emotions and less about neutral. Both are linear, so that `convert` can
blend them into one head at no cost at run time; the blend is chosen on held-out rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from appliance.messages import EMOTIONS


@dataclass(frozen=True)
class Shape:
    """How wide and deep a network is."""

    widths: tuple[int, ...]
    """Channels of each stage; the first works at 24x24, each next one at half of that."""
    blocks: tuple[int, ...]
    """Residual blocks of each stage."""
    dropout: float
    """Share of the features dropped before the heads in training."""


SHAPES = {
    "main": Shape((32, 64, 128, 192), (1, 2, 3, 1), 0.3),
    "tiny": Shape((20, 32, 64, 112), (1, 1, 2, 1), 0.1),
    # Too large for the box; for a teacher of the others.
    "teacher": Shape((64, 128, 256, 384), (2, 2, 3, 1), 0.4),
}

STEM = 5
"""Width of the first kernel, pixels: a 3x3 at stride 2 would see too little of each pixel's neighbourhood."""


class Block(nn.Module):  # type: ignore[misc]  # PyTorch is not there when types are checked
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outside)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outside)
        self.short: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.short = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.short(x))


class Net(nn.Module):  # type: ignore[misc]
    """Faces to two sets of logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        first = shape.widths[0]
        self.stem = nn.Conv2d(1, first, STEM, 2, STEM // 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(first)
        inside, blocks = first, []
        for stage, (width, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for index in range(count):
                blocks.append(Block(inside, width, 2 if stage and not index else 1))
                inside = width
        self.blocks = nn.Sequential(*blocks)
        self.votes = nn.Linear(inside, len(EMOTIONS))
        self.labels = nn.Linear(inside, len(EMOTIONS))

    def features(self, x: Tensor) -> Tensor:
        """x: float (n, 1, 48, 48), 0 to 1. Returns float (n, last width)."""
        x = F.relu(self.stem_norm(self.stem(x)))
        return self.blocks(x).mean((2, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: float (n, 1, 48, 48), 0 to 1. Returns logits of both heads, float (n, 7) each."""
        features = F.dropout(self.features(x), self.shape.dropout, self.training)
        return self.votes(features), self.labels(features)


def make(name: str) -> Net:
    """A network of `SHAPES`, weights at random, its memory laid out as the CPU likes it."""
    net = Net(SHAPES[name])
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, Block):
            nn.init.zeros_(module.norm2.weight)  # each block starts as its shortcut: steadier first steps
    return net.to(memory_format=torch.channels_last)
