"""The emotion network, in PyTorch: plain residual convolutions, which quantize well.

It reads a face and its mirror image alike, since no emotion has a side: a network that must learn that from
examples is still of two minds about one face in ten. Each convolution holds every kernel beside its mirror
image (Cohen & Welling, 2016, "Group equivariant convolutional networks", for the group of two): the second
half of the channels sees in a mirror what the first half sees, and the mean of both has no side.

Two heads read that mean. `votes` learns the FER+ vote shares, `labels` the original FER-2013 labels,
which know more of rare and subtle emotions and less about neutral. Both are linear, so that `convert` can
blend them into one head at no cost at run time; the blend is chosen on held-out rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from appliance.protocol.emotions import EMOTIONS


@dataclass(frozen=True)
class Shape:
    """How wide and deep a network is."""

    widths: tuple[int, ...]
    """Channels of each stage, both halves; the first works at 24x24, each next one at half of that."""
    blocks: tuple[int, ...]
    """Residual blocks of each stage."""
    dropout: float
    """Share of the features dropped before the heads in training."""


# Plain convolutions: to quantize them costs about 0.1 points, where depthwise and re-parameterised ones need
# quantization-aware training (docs/decisions/training.md).
SHAPES = {
    "main": Shape((32, 64, 128, 192), (1, 2, 3, 1), 0.2),
    "tiny": Shape((20, 32, 64, 96), (1, 1, 2, 1), 0.1),
    # Too large for the box; for a teacher of the others. As deep as `main`, so that it can grow out of it.
    "teacher": Shape((64, 128, 256, 384), (1, 2, 3, 1), 0.3),
}


class MirrorConv2d(nn.Conv2d):  # type: ignore[misc]  # PyTorch is not there when types are checked
    """A convolution without bias, each kernel beside its mirror image. One of even size halves the picture.

    (One of odd size would, at stride 2, begin at the very edge on one side only, and have a side after all.)
    `weight` and `out_channels` are those of the first half.
    """

    def __init__(self, inside: int, outside: int, size: int) -> None:
        super().__init__(inside, outside // 2, size, 2 - size % 2, (size - 1) // 2, bias=False)
        nn.init.normal_(self.weight, std=(2 / (outside * size**2)) ** 0.5)  # He et al., 2015, by fan-out

    def kernels(self) -> Tensor:
        """Of both halves: float (outside, inside, size, size)."""
        # In a mirror, the halves of what comes in change places. A picture is one channel, and has no halves.
        swapped = self.weight.roll(self.in_channels // 2, 1) if self.in_channels > 1 else self.weight
        return torch.cat((self.weight, swapped.flip(3)))

    def forward(self, x: Tensor) -> Tensor:
        kernels = self.kernels().contiguous(memory_format=torch.channels_last)
        return F.conv2d(x, kernels, stride=self.stride, padding=self.padding)


class MirrorNorm2d(nn.BatchNorm2d):  # type: ignore[misc]
    """A batch norm whose statistics, gains and biases are the same for both halves of the channels."""

    def __init__(self, width: int) -> None:
        super().__init__(width // 2)

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


def mean_of_halves(values: Tensor) -> Tensor:
    """The mean of both halves of the last axis: float (..., 2n) to (..., n)."""
    return values.unflatten(-1, (2, -1)).mean(-2)


class Block(nn.Module):  # type: ignore[misc]
    """A residual block: two convolutions beside a shortcut."""

    def __init__(self, inside: int, outside: int, halve: bool) -> None:
        super().__init__()
        self.conv1 = MirrorConv2d(inside, outside, 4 if halve else 3)
        self.norm1 = MirrorNorm2d(outside)
        self.conv2 = MirrorConv2d(outside, outside, 3)
        self.norm2 = MirrorNorm2d(outside)
        nn.init.zeros_(self.norm2.weight)  # a block starts as its shortcut: steadier first steps
        # Where the picture is halved, 4x4 kernels and a mean: an odd kernel on an even picture has a side.
        self.short: nn.Module = nn.Identity()
        if halve:
            self.short = nn.Sequential(
                nn.AvgPool2d(2), MirrorConv2d(inside, outside, 1), MirrorNorm2d(outside)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.short(x))


class Net(nn.Module):  # type: ignore[misc]
    """Faces to two sets of logits, the same for a face and its mirror image."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        inside, blocks = shape.widths[0], []
        # A 4x4 would see too little of each pixel's neighbourhood.
        self.stem = MirrorConv2d(1, inside, 6)
        self.stem_norm = MirrorNorm2d(inside)
        for stage, (width, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for index in range(count):
                blocks.append(Block(inside, width, halve=stage > 0 and index == 0))
                inside = width
        self.blocks = nn.Sequential(*blocks)
        self.votes = nn.Linear(inside // 2, len(EMOTIONS))
        self.labels = nn.Linear(inside // 2, len(EMOTIONS))

    def features(self, x: Tensor) -> Tensor:
        """x: float (n, 1, 48, 48), 0 to 1. Returns float (n, half the last width)."""
        x = F.relu(self.stem_norm(self.stem(x)))
        return mean_of_halves(self.blocks(x).mean((2, 3)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x: float (n, 1, 48, 48), 0 to 1. Returns logits of both heads, float (n, 7) each."""
        features = self.dropped(self.features(x))
        return self.votes(features), self.labels(features)

    def dropped(self, features: Tensor) -> Tensor:
        """Return the features that the heads see: in training some are left out at random."""
        return F.dropout(features, self.shape.dropout, self.training)


def make(name: str) -> Net:
    """A network of `SHAPES`, weights at random, its memory laid out as the CPU likes it."""
    return Net(SHAPES[name]).to(memory_format=torch.channels_last)


@torch.no_grad()
def grow(wide: Net, narrow: Net) -> None:
    """Make `wide`, fresh from `make`, compute what `narrow` does; its further channels only listen at first.

    As in Chen et al., 2016, "Net2Net: accelerating learning via knowledge transfer", but the further channels
    keep their weights at random instead of copying the known ones, from which they would have to part first.
    Equal widths are copied. Raises ValueError when `narrow` is deeper, less deep, or wider.
    """
    pairs = zip(wide.shape.widths, narrow.shape.widths, strict=True)
    if wide.shape.blocks != narrow.shape.blocks or any(ours < theirs for ours, theirs in pairs):
        raise ValueError("not a narrower network of the same depth")
    weights = wide.state_dict()  # the very ones, not copies
    for name, theirs in narrow.state_dict().items():
        ours = weights[name]
        if ours.shape == theirs.shape:
            ours.copy_(theirs)
        elif theirs.dim() == 1:
            ours[: len(theirs)] = theirs
        else:
            ours[: len(theirs)] = 0  # the known channels do not hear the new ones yet
            # What a kernel reads has two halves, as it may be, and each has grown.
            halves = 2 if theirs.dim() == 4 and theirs.shape[1] > 1 else 1
            reads = ours[: len(theirs)].unflatten(1, (halves, -1))
            reads[:, :, : theirs.shape[1] // halves] = theirs.unflatten(1, (halves, -1))
