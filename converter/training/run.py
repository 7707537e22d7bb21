"""A training run: the network, how it learns in an epoch, and how it is kept.

Everything random in an epoch comes from the seed and the epoch's number, so a run that was interrupted gives
the very network that it would have given (on the same machine with as many threads).
"""

from __future__ import annotations

import dataclasses
import io
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from appliance.files.whole import write_whole
from converter.errors import BadInput
from converter.training import checkpoint, net
from converter.training.augment import augment, mix
from converter.training.recipe import Recipe, Rendered, Targets, order
from converter.training.rendered import RenderedBatches

MEMORY_KEPT = 0.8
"""Share of what is remembered of a face that one more look at it leaves as it was."""


class Run:
    """A network in training: its weights, their running average, the optimiser, how far it is."""

    def __init__(
        self,
        recipe: Recipe,
        learnt: Targets,
        teachers: tuple[Path, ...],
        rendered: Rendered | None = None,
        device: torch.device | None = None,
    ) -> None:
        """rendered: faces that are added to each batch. device: what computes; the processor unless named.

        Raises BadInput when a teacher is missing.
        """
        torch.manual_seed(recipe.seed)
        self.recipe, self.targets, self.device = recipe, learnt, device or torch.device("cpu")
        self.teacher_paths = [path.resolve() for path in teachers]
        self.teachers = [checkpoint.opened(path, learnt.faces).to(self.device) for path in teachers]
        self.net, self.average = net.make(recipe.net).to(self.device), net.make(recipe.net).to(self.device)
        self.average.load_state_dict(self.net.state_dict())
        self.average.eval()
        self.faces, self.votes, self.labels, self.memory = (
            torch.from_numpy(a.copy()).to(self.device)
            for a in (learnt.faces, learnt.votes, learnt.labels, learnt.votes)
        )
        self.log_prior = torch.from_numpy(learnt.log_prior).to(self.device)
        self.rendered = (
            RenderedBatches(rendered, recipe, self.net.votes.in_features, self.device) if rendered else None
        )
        parameters = [*self.net.parameters(), *(self.rendered.head.parameters() if self.rendered else ())]
        self.optimiser = torch.optim.AdamW(
            [
                # Decay pulls on what is multiplied, not on what is added.
                {"params": [p for p in parameters if p.dim() > 1], "weight_decay": recipe.weight_decay},
                {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
            ],
            lr=recipe.peak_rate,
        )
        self.batches = max(1, len(learnt.faces) // recipe.batch)
        self.epoch = 0
        self.lengths: list[list[int]] = []
        self.rendered_paths: tuple[Path, ...] = ()
        """Where the rendered faces are, for resuming."""
        self.before: dict[str, Any] | None = None
        """How the network came to be that this run began with, for the card."""

    def begin(self, path: Path) -> None:
        """Take over a network of ours, or grow out of a narrower one. Raises BadInput when it is neither."""
        try:
            net.grow(self.net, checkpoint.opened(path, self.targets.faces))
        except ValueError as error:
            raise BadInput(
                f"{path}: {self.recipe.net} cannot begin with it ({error}); choose another shape with --net"
            ) from error
        self.average.load_state_dict(self.net.state_dict())
        self.before = checkpoint.story_of(path)

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from the run's start: up in a line, down in a cosine."""
        share = step / (self.recipe.epochs * self.batches)
        if share < self.recipe.warm_up:
            return self.recipe.peak_rate * (0.04 + 0.96 * share / self.recipe.warm_up)
        fall = (share - self.recipe.warm_up) / (1 - self.recipe.warm_up)
        return self.recipe.peak_rate * (0.5 + 0.5 * math.cos(math.pi * fall)) + 1e-6

    def size(self) -> int:
        """Pixels across the faces of this epoch: small ones first, the network's own size in the end.

        At 40 (20, 10, 5) the network's last stage has a side; at 32 and 48 it has none.
        """
        # Small faces take half the processor time; the step from 40 to 48 pixels brings two points at once.
        share = self.epoch / self.recipe.epochs
        return 48 if share >= self.recipe.growing else 40 if share >= self.recipe.growing / 2 else 32

    def one_epoch(self) -> float:
        """Learn from every face once, more or less; returns the mean loss."""
        seed = self.recipe.seed * 10_000 + self.epoch
        torch.manual_seed(seed)  # dropout draws from torch's own generator
        gen = torch.Generator(self.device).manual_seed(seed)
        self.net.train()
        if self.recipe.frozen_norms:
            for norm in self.net.modules():
                if isinstance(norm, net.MirrorNorm2d):
                    norm.eval()
        total = 0.0
        for index, chosen in enumerate(order(self.targets.rate, self.recipe.batch, seed)[: self.batches]):
            step = self.epoch * self.batches + index
            at = torch.from_numpy(chosen).to(self.device)
            x = augment(self.faces[at][:, None].float() / 255, self.recipe.plain, gen)
            trust = self.recipe.memory * step / (self.recipe.epochs * self.batches)
            believed = self.votes[at].lerp(self.memory[at], trust)
            x, (vote, label), mixed = mix(x, [believed, self.labels[at]], self.recipe.mixing, gen)
            loss, said = self._step(x, vote, label, self.rate(step), gen)
            total += loss
            if not mixed:  # what is said of two faces at once is an opinion of neither
                self.memory[at] = said.lerp(self.memory[at], MEMORY_KEPT)
            self._follow(step)
        self.epoch += 1
        return total / self.batches

    def _step(
        self, x: Tensor, vote: Tensor, label: Tensor, rate: float, gen: torch.Generator
    ) -> tuple[float, Tensor]:
        """Learn from one batch. Returns its loss, and how the raters voted as it sees it: float (n, 7)."""
        shift = self.recipe.margin * self.log_prior
        if self.teachers:
            vote = vote.lerp(opinion(self.teachers, x, shift), self.recipe.distil)
        count = len(x)
        if self.rendered:  # whose truth is exact: no teacher and no memory has a say
            x, vote, units = self.rendered.add(x, vote, self.recipe.plain, gen)
        # Not on the processor: there bfloat16 took 25 to 30 % longer (docs/decisions/training.md).
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            features = self.net.dropped(self.net.features(self._sized(x)))
            by_votes, by_labels = self.net.votes(features), self.net.labels(features[:count])
        by_votes = by_votes.float() + shift
        loss = cross_entropy(by_votes, vote) + self.recipe.label_loss * cross_entropy(
            by_labels.float(), label
        )
        if self.rendered:
            loss = loss + self.recipe.units_loss * self.rendered.loss(features[count:].float(), units)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learning(), 5.0)
        self.optimiser.step()
        return float(loss.detach()), by_votes[:count].detach().softmax(1)

    def learning(self) -> list[Tensor]:
        """All that a step moves: the network, and the head for rendered faces where there is one."""
        return [weight for group in self.optimiser.param_groups for weight in group["params"]]

    def _sized(self, x: Tensor) -> Tensor:
        """Faces as large as this epoch shows them, laid out as convolutions like it."""
        if self.size() < 48:
            x = F.interpolate(x, size=self.size(), mode="bilinear", antialias=True)
        return x.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _follow(self, step: int) -> None:
        keep = min(self.recipe.ema, (1 + step) / (10 + step))  # the first weights are not worth remembering
        for ours, theirs in zip(
            self.average.state_dict().values(), self.net.state_dict().values(), strict=True
        ):
            if ours.is_floating_point():
                ours.lerp_(theirs, 1 - keep)
            else:
                ours.copy_(theirs)

    def save(self, path: Path) -> None:
        """Write all that resuming needs, or nothing: a cut in the middle leaves the old file."""
        state = {
            "recipe": dataclasses.asdict(self.recipe),
            "epoch": self.epoch,
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "units": self.rendered.head.state_dict() if self.rendered else {},
            "memory": self.memory,
            "lengths": [*self.lengths, [self.epoch, self.recipe.epochs]],
            "before": self.before,
            "teachers": [str(path) for path in self.teacher_paths],
            "rendered": [str(path) for path in self.rendered_paths],
        }
        packed = io.BytesIO()
        torch.save(state, packed)
        write_whole(path, packed.getvalue(), 0o644)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `save` was called. state: what it wrote."""
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.rendered:
            self.rendered.head.load_state_dict(state["units"])
        self.memory = state["memory"].to(self.device)
        self.before = state.get("before")
        self.epoch = state["epoch"]
        # For the card: a run that was cut short or made longer on the way is not one plain cycle.
        self.lengths = [pair for pair in state.get("lengths", []) if pair[1] != self.recipe.epochs]


def cross_entropy(logits: Tensor, soft: Tensor) -> Tensor:
    """Mean over the faces that have a target at all. logits, soft: float (n, 7)."""
    return -(soft * F.log_softmax(logits, 1)).sum() / soft.sum().clamp_min(1e-6)


@torch.no_grad()
def opinion(teachers: list[net.Net], x: Tensor, shift: Tensor) -> Tensor:
    """How the teachers think the raters voted, on average: float (n, 7).

    They are shown the very faces that the pupil sees: a function is learnt, not labels (Beyer et al., 2022,
    "Knowledge distillation: a good teacher is patient and consistent").
    x: float (n, 1, 48, 48). shift: the margin that stands between logits and votes in training, float (7,).
    """
    seen = x.contiguous(memory_format=torch.channels_last)
    return torch.stack([F.softmax(teacher(seen)[0] + shift, 1) for teacher in teachers]).mean(0)
