"""Who is drawn: build of the head, skin, age, hair, beard, make-up, glasses. All at random, nobody real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HAIR = ("bald", "shaved", "short", "parted", "fringe", "long", "curly", "scarf", "cap")
HAIR_SHARES = (0.06, 0.08, 0.22, 0.12, 0.1, 0.22, 0.1, 0.05, 0.05)
BEARDS = ("none", "stubble", "moustache", "full", "chin")
BEARD_SHARES = (0.62, 0.15, 0.07, 0.11, 0.05)
GLASSES_SHARE = 0.16


@dataclass(frozen=True, eq=False)
class Person:
    """One made-up person. Reflectances are shares of the light, linear."""

    identity: np.ndarray
    """float64 (100,), weights of the mesh's identities."""
    skin: float
    """Reflectance, 0.06 the darkest to 0.6 the lightest."""
    age: float
    """0 smooth to 1 with deep lines."""
    blotches: float
    """How uneven the skin is."""
    shine: float
    """Share of the light that it mirrors."""
    lips: float
    """Reflectance as a share of the skin's."""
    hair: str
    """One of `HAIR`."""
    hair_tone: float
    """Reflectance of hair, brows and beard."""
    hairline: float
    """Height on the forehead, units of the mesh above the usual."""
    brow_height: float
    brow_width: float
    brow_depth: float
    """How dark: 0 none to 1 black."""
    beard: str
    """One of `BEARDS`."""
    liner: float
    """How dark lashes and lids are."""
    glasses: float
    """How thick the frames are, units of the mesh; 0 without."""
    glasses_tone: float
    eyes: float
    """Reflectance of the iris."""


def draw(random: np.random.Generator) -> Person:
    """Make somebody up at random."""
    skin = float(np.exp(random.uniform(np.log(0.06), np.log(0.6))))
    age = float(random.beta(1.1, 1.8))
    beard = str(random.choice(BEARDS, p=BEARD_SHARES))
    darkest = 0.25 if skin < 0.2 else 1.0
    tone = 0.015 + darkest * random.beta(0.8, 3) * 0.5
    if age > 0.6 and random.random() < 0.5:
        tone = random.uniform(0.3, 0.7)
    return Person(
        identity=random.normal(0, 0.9, 100),
        skin=skin,
        age=age,
        blotches=random.uniform(0.02, 0.12),
        shine=random.beta(1.2, 6) * 0.35,
        lips=random.uniform(0.45, 0.95) if beard == "none" else random.uniform(0.7, 0.95),
        hair=str(random.choice(HAIR, p=HAIR_SHARES)),
        hair_tone=float(tone),
        hairline=random.normal(0, 0.9),
        brow_height=random.normal(0, 0.2),
        brow_width=random.uniform(0.22, 0.62),
        brow_depth=random.beta(2.5, 1.3),
        beard=beard,
        liner=random.beta(1.0, 1.5) if beard == "none" else random.beta(1, 4),
        glasses=random.uniform(0.1, 0.35) if random.random() < GLASSES_SHARE else 0.0,
        glasses_tone=random.choice([0.02, 0.02, 0.08, 0.4]),
        eyes=random.uniform(0.015, 0.12),
    )
