"""Rendered faces beside photographs in training, and the head that reads what their faces do."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from converter.training.augment import augment
from converter.training.recipe import Recipe, Rendered


class RenderedBatches:
    """Adds rendered faces to each batch, `Recipe.rendered` of it."""

    def __init__(self, known: Rendered, recipe: Recipe, features: int, device: torch.device) -> None:
        """features: how many numbers the network's heads read."""
        self._faces, self._votes, self._units = (
            torch.from_numpy(a).to(device) for a in (known.faces, known.votes, known.units)
        )
        self._count = round(recipe.batch * recipe.rendered / (1 - recipe.rendered))
        self.head = nn.Linear(features, known.units.shape[1]).to(device)
        """Reads the weight of each of the mesh's shapes: an exact answer to learn from. It is not shipped."""

    def add(
        self, x: Tensor, vote: Tensor, plain: float, gen: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x: float (n, 1, 48, 48); vote: float (n, 7). plain: as `augment` has it.

        Returns both with rendered faces at the end, and those faces' shapes, float (m, shapes).
        """
        at = torch.randint(len(self._faces), (self._count,), generator=gen, device=gen.device)
        more = augment(self._faces[at][:, None].float() / 255, plain, gen)
        return torch.cat((x, more)), torch.cat((vote, self._votes[at])), self._units[at]

    def loss(self, features: Tensor, units: Tensor) -> Tensor:
        """How far the third head is from the truth. features: float (m, n); units: float (m, shapes)."""
        return F.binary_cross_entropy_with_logits(self.head(features), units)
