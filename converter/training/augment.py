"""Augmentation, on whole batches, by all that the box may meet: pose, crop, light, noise, blur, JPEG, hands.

Every function takes and gives float32 (n, 1, 48, 48), 0 to 1, and draws from the generator it is given, on
whose device the faces must be, so that a run can be repeated exactly.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

DISPLAY_GAMMA = 2.2
"""Pixels are linear light to the power of 1 / this."""


def uniform(n: int, low: float, high: float, gen: Generator) -> Tensor:
    """One random number for each face, evenly from `low` to `high`: float (n, 1, 1, 1)."""
    return torch.rand((n, 1, 1, 1), generator=gen, device=gen.device) * (high - low) + low


def some(n: int, share: float, gen: Generator) -> Tensor:
    """Which faces an effect falls on: float (n, 1, 1, 1), 1 for about `share` of them."""
    return (torch.rand((n, 1, 1, 1), generator=gen, device=gen.device) < share).float()


def affine(x: Tensor, gen: Generator) -> Tensor:
    """Flip, turn up to 15 degrees, shift by a tenth, scale 0.85 to 1.15: the detector is off by that much."""
    n = len(x)
    angle = uniform(n, -math.pi / 12, math.pi / 12, gen).flatten()
    scale = torch.exp(uniform(n, math.log(0.85), math.log(1.15), gen).flatten())
    squeeze = torch.exp(uniform(n, -0.06, 0.06, gen).flatten())
    flip = 1 - 2 * some(n, 0.5, gen).flatten()
    shift = (
        torch.rand((n, 2), generator=gen, device=gen.device) - 0.5
    ) * 0.4  # of half the picture: a tenth of the whole
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    first = torch.stack((cos * squeeze * flip, -sin, shift[:, 0]), 1)
    second = torch.stack((sin * flip, cos / squeeze, shift[:, 1]), 1)
    grid = F.affine_grid(torch.stack((first, second), 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)


def tone(x: Tensor, gen: Generator) -> Tensor:
    """Gamma 0.35 to 4, and contrast and brightness, each on some faces."""
    n = len(x)
    gamma = torch.exp(uniform(n, math.log(0.35), math.log(4), gen))
    x = x.clamp_min(1e-4) ** torch.where(some(n, 0.4, gen) > 0, gamma, torch.ones_like(gamma))
    contrast = torch.exp(uniform(n, math.log(0.5), math.log(1.4), gen))
    offset = uniform(n, -0.15, 0.15, gen)
    mean = x.mean((1, 2, 3), keepdim=True)
    return torch.where(some(n, 0.4, gen) > 0, (x - mean) * contrast + mean + offset, x).clamp(0, 1)


def shade(x: Tensor, gen: Generator) -> Tensor:
    """Light some faces from one side: a slope of brightness across them."""
    n = len(x)
    angle, depth = uniform(n, 0, 2 * math.pi, gen), uniform(n, 0.2, 0.7, gen)
    line = torch.linspace(-1, 1, x.shape[-1], device=x.device)
    slope = torch.cos(angle) * line[None, None, None, :] + torch.sin(angle) * line[None, None, :, None]
    lit = x * (1 - depth * (0.5 + 0.5 * slope)).clamp(0.05, 1)
    return torch.where(some(n, 0.2, gen) > 0, lit, x)


def blur(x: Tensor, gen: Generator) -> Tensor:
    """Blur a quarter of the faces as if out of focus or moving: one 7x7 kernel for each."""
    n, size = len(x), 7
    at = torch.arange(size, device=x.device) - size // 2
    across, down = at[None, None, :].float(), at[None, :, None].float()
    sigma = uniform(n, 0.3, 1.4, gen)[:, 0]
    focus = torch.exp(-(across**2 + down**2) / (2 * sigma**2))
    angle, length = uniform(n, 0, math.pi, gen)[:, 0], uniform(n, 0.5, 3.0, gen)[:, 0]
    along = across * torch.cos(angle) + down * torch.sin(angle)
    aside = down * torch.cos(angle) - across * torch.sin(angle)
    motion = torch.exp(-((aside / 0.5) ** 2)) * (along.abs() <= length)
    kernel = torch.where(some(n, 0.5, gen)[:, 0] > 0, focus, motion)
    kernel = (kernel / kernel.sum((1, 2), keepdim=True))[:, None]
    padded = F.pad(x, (3, 3, 3, 3), mode="replicate").transpose(0, 1)
    blurred = F.conv2d(padded, kernel, groups=n).transpose(0, 1)
    return torch.where(some(n, 0.25, gen) > 0, blurred, x)


def noise(x: Tensor, gen: Generator) -> Tensor:
    """Add Gaussian grain, sigma to 25 of 255, to some faces, a dark sensor's noise to others."""
    n = len(x)
    grain = x + torch.randn(x.shape, generator=gen, device=x.device) * uniform(n, 0, 25 / 255, gen) * some(
        n, 0.4, gen
    )
    light = x.clamp_min(0) ** DISPLAY_GAMMA * torch.exp(uniform(n, math.log(0.06), 0, gen))
    # Full well 300 to 4000 electrons and 1 to 4 electrons read noise per pixel of a crop shrunk to 48x48.
    well = torch.exp(uniform(n, math.log(300), math.log(4000), gen))
    spread = torch.sqrt(light / well + (uniform(n, 1, 4, gen) / well) ** 2)
    dark = (light + torch.randn(x.shape, generator=gen, device=x.device) * spread).clamp_min(1e-6) ** (
        1 / DISPLAY_GAMMA
    )
    return torch.where(some(n, 0.15, gen) > 0, dark, grain).clamp(0, 1)


def erase(x: Tensor, gen: Generator) -> Tensor:
    """Hide a part of some faces, as a hand, a cup or a lock of hair does, behind a grey rectangle."""
    n, size = len(x), x.shape[-1]
    at = torch.arange(size, device=x.device)
    width, height = uniform(n, 6, 20, gen), uniform(n, 6, 20, gen)
    left, top = uniform(n, -6, size - 6, gen), uniform(n, -6, size - 6, gen)
    inside = (at >= left) & (at < left + width) & (at[:, None] >= top) & (at[:, None] < top + height)
    return torch.where(inside & (some(n, 0.25, gen) > 0), uniform(n, 0, 1, gen), x)


def _dct() -> Tensor:
    """The 8x8 matrix of the discrete cosine transform."""
    at = torch.arange(8.0)
    matrix = torch.cos((2 * at[None, :] + 1) * at[:, None] * math.pi / 16) / 2
    matrix[0] /= math.sqrt(2)
    return matrix


DCT = _dct()
# The luminance table of the JPEG standard (ITU-T T.81, table K.1).
TABLE = torch.tensor(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)


def jpeg(x: Tensor, gen: Generator) -> Tensor:
    """Code a sixth of the faces as JPEG of quality 15 to 75 would, and decode them."""
    count = len(x) // 6
    if not count:
        return x
    size = x.shape[-1]
    quality = uniform(count, 15, 75, gen)
    scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    dct = DCT.to(x.device)
    table = (TABLE.to(x.device) * scale).clamp_min(1)[:, :, None, :, :].transpose(1, 2)
    blocks = (x[:count, 0] * 255 - 128).reshape(count, size // 8, 8, size // 8, 8).transpose(2, 3)
    coded = torch.round(dct @ blocks @ dct.T / table) * table
    back = (dct.T @ coded @ dct).transpose(2, 3).reshape(count, 1, size, size)
    return torch.cat((((back + 128) / 255).clamp(0, 1), x[count:]))


def augment(x: Tensor, plain: float, gen: Generator) -> Tensor:
    """Apply all effects, in the order in which a camera would. Shuffled faces: `jpeg` takes the first ones.

    plain: share of faces of which only the pose is changed: most rooms are lit, and detail matters there.
    """
    posed = seen = erase(affine(x, gen), gen)
    for effect in (shade, tone, blur, noise, jpeg):
        seen = effect(seen, gen)
    return torch.round(torch.where(some(len(x), plain, gen) > 0, posed, seen) * 255) / 255


def mix(x: Tensor, targets: list[Tensor], share: float, gen: Generator) -> tuple[Tensor, list[Tensor], bool]:
    """Blend each face with another of its batch (mixup), or paste a piece of it in (cutmix); targets too.

    targets: float (n, ...) each. share: of batches that are treated at all; a third of those are cut.
    Returns faces, targets, and whether this batch was treated.
    """
    choice = float(torch.rand((), generator=gen, device=gen.device))
    if choice >= share:
        return x, targets, False
    other = torch.randperm(len(x), generator=gen, device=gen.device)
    size = x.shape[-1]
    if choice < share * 2 / 3:
        keep = _mostly_one(len(x), gen)
        x = x * keep + x[other] * (1 - keep)
    else:
        side = uniform(len(x), 10, 30, gen)
        left, top = uniform(len(x), -4, size - 10, gen), uniform(len(x), -4, size - 10, gen)
        at = torch.arange(size, device=x.device)
        inside = (at >= left) & (at < left + side) & (at[:, None] >= top) & (at[:, None] < top + side)
        x = torch.where(inside, x[other], x)
        keep = 1 - inside.float().mean((1, 2, 3), keepdim=True)
    weight = keep.reshape(-1, 1)
    return x, [t * weight + t[other] * (1 - weight) for t in targets], True


def _mostly_one(n: int, gen: Generator) -> Tensor:
    """Shares that are mostly near 0 or 1, as Beta(1/2, 1/2): float (n, 1, 1, 1)."""
    return torch.sin(uniform(n, 0, math.pi / 2, gen)) ** 2
