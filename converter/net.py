"""The emotion network, in PyTorch: plain residual convolutions, which quantize well.

A mirrored one reads a face and its mirror image alike, since no emotion has a side: a network that must learn
that from examples is still of two minds about one face in ten. Each of its convolutions holds every kernel
beside its mirror image (Cohen & Welling, 2016, "Group equivariant convolutional networks", for the group of
two): the second half of the channels sees in a mirror what the first half sees, and their mean has no side.

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
    """Channels of each stage, even when mirrored; the first works at 24x24, each next one at half of that."""
    blocks: tuple[int, ...]
    """Residual blocks of each stage."""
    dropout: float
    """Share of the features dropped before the heads in training."""
    mirrored: bool
    """Whether it reads a face and its mirror image alike."""


SHAPES = {
    "main": Shape((32, 64, 128, 192), (1, 2, 3, 1), 0.3, mirrored=False),
    # Nearly as good as `main` after 40 epochs from scratch; to take its place when it is better.
    "mirrored": Shape((32, 64, 128, 192), (1, 2, 3, 1), 0.2, mirrored=True),
    "tiny": Shape((20, 32, 64, 96), (1, 1, 2, 1), 0.1, mirrored=True),
    # Too large for the box; for a teacher of the others.
    "teacher": Shape((64, 128, 256, 384), (2, 2, 3, 1), 0.3, mirrored=True),
}


class MirrorConv2d(nn.Conv2d):  # type: ignore[misc]  # PyTorch is not there when types are checked
    """A convolution, each kernel beside its mirror image; weights and `out_channels` are the first half's.

    At stride 2 its kernels and what it is given are of even size: otherwise it would begin at the very edge
    on one side only, and have a side.
    """

    def kernels(self) -> Tensor:
        """Of both halves: float (out, in, size, size)."""
        # In a mirror, the halves of what comes in change places. A picture is one channel, and has no halves.
        swapped = self.weight.roll(self.in_channels // 2, 1) if self.in_channels > 1 else self.weight
        return torch.cat((self.weight, swapped.flip(3)))

    def forward(self, x: Tensor) -> Tensor:
        kernels = self.kernels().contiguous(memory_format=torch.channels_last)
        return F.conv2d(x, kernels, stride=self.stride, padding=self.padding)


class MirrorNorm2d(nn.BatchNorm2d):  # type: ignore[misc]
    """A batch norm whose statistics, gains and biases are the same for both halves of the channels."""

    def forward(self, x: Tensor) -> Tensor:
        # Within a batch each half goes by its own statistics, which costs no copies: about as many faces are
        # mirrored as not.
        mean, var = self.running_mean.repeat(2), self.running_var.repeat(2)
        gain, bias = self.weight.repeat(2), self.bias.repeat(2)
        y = F.batch_norm(x, mean, var, gain, bias, self.training, self.momentum, self.eps)
        if self.training:
            self.running_mean.copy_(mean_of_halves(mean))
            self.running_var.copy_(mean_of_halves(var))
        return y


def conv(inside: int, outside: int, size: int, stride: int, mirrored: bool) -> nn.Conv2d:
    """A convolution without bias that leaves the picture's size as it is, or halves it at stride 2."""
    kind, own = (MirrorConv2d, outside // 2) if mirrored else (nn.Conv2d, outside)
    made = kind(inside, own, size, stride, (size - 1) // 2, bias=False)
    nn.init.normal_(made.weight, std=(2 / (outside * size**2)) ** 0.5)  # He et al., 2015, by fan-out
    return made


def norm(width: int, mirrored: bool) -> nn.BatchNorm2d:
    """What follows a convolution."""
    return MirrorNorm2d(width // 2) if mirrored else nn.BatchNorm2d(width)


def kernels_of(convolution: nn.Conv2d) -> Tensor:
    """What a convolution multiplies with: float (out, in, size, size)."""
    return convolution.kernels() if isinstance(convolution, MirrorConv2d) else convolution.weight


def mean_of_halves(values: Tensor) -> Tensor:
    """The mean of both halves of the last axis: float (..., 2n) to (..., n)."""
    return values.unflatten(-1, (2, -1)).mean(-2)


class Block(nn.Module):  # type: ignore[misc]
    """Two convolutions beside a shortcut."""

    def __init__(self, inside: int, outside: int, stride: int, mirrored: bool) -> None:
        super().__init__()
        self.conv1 = conv(inside, outside, 4 if mirrored and stride == 2 else 3, stride, mirrored)
        self.norm1 = norm(outside, mirrored)
        self.conv2 = conv(outside, outside, 3, 1, mirrored)
        self.norm2 = norm(outside, mirrored)
        nn.init.zeros_(self.norm2.weight)  # a block starts as its shortcut: steadier first steps
        self.short: nn.Module = nn.Identity()
        if stride == 2 and mirrored:
            self.short = nn.Sequential(
                nn.AvgPool2d(2), conv(inside, outside, 1, 1, mirrored), norm(outside, mirrored)
            )
        elif stride == 2:
            self.short = nn.Sequential(conv(inside, outside, 1, 2, mirrored), norm(outside, mirrored))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.short(x))


class Net(nn.Module):  # type: ignore[misc]
    """Faces to two sets of logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        inside, blocks = shape.widths[0], []
        # A 3x3 at stride 2 would see too little of each pixel's neighbourhood.
        self.stem = conv(1, inside, 6 if shape.mirrored else 5, 2, shape.mirrored)
        self.stem_norm = norm(inside, shape.mirrored)
        for stage, (width, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for index in range(count):
                blocks.append(Block(inside, width, 2 if stage and not index else 1, shape.mirrored))
                inside = width
        self.blocks = nn.Sequential(*blocks)
        features = inside // 2 if shape.mirrored else inside
        self.votes = nn.Linear(features, len(EMOTIONS))
        self.labels = nn.Linear(features, len(EMOTIONS))

    def features(self, x: Tensor) -> Tensor:
        """x: float (n, 1, 48, 48), 0 to 1. Returns float (n, last width, or half of it when mirrored)."""
        x = F.relu(self.stem_norm(self.stem(x)))
        x = self.blocks(x).mean((2, 3))
        return mean_of_halves(x) if self.shape.mirrored else x

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: float (n, 1, 48, 48), 0 to 1. Returns logits of both heads, float (n, 7) each."""
        features = F.dropout(self.features(x), self.shape.dropout, self.training)
        return self.votes(features), self.labels(features)


def make(name: str) -> Net:
    """A network of `SHAPES`, weights at random, its memory laid out as the CPU likes it."""
    return Net(SHAPES[name]).to(memory_format=torch.channels_last)
