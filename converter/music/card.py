"""The head's card, models/music.md, out of what stands in music.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROWS = {
    "r2_arousal": "R², arousal (the raters' reliability, the ceiling: 0.91)",
    "r2_valence": "R², valence (0.70)",
    "quadrants": "quadrants right",
    "majority": "the same, always saying the most frequent",
    "surer_half": "right in the surer half",
    "opposite": "of the surer half in the opposite quadrant",
    "surest_fifth": "right in the surest fifth",
}

TEXT = """# The head for music: {name}

**What it is.** A song's sound in, valence and arousal out, each with its standard deviation. A kernel ridge:
a song is like those rated clips whose sound is like its own, in {groups}.
{size:.0f} KB, most of them the clips' standardised features, a byte each; no sound can be made from them. It
has coefficients for both ears, and others for a box without the second one (MusiCNN).

**Made from** {data}, rated by what people felt (GEMS), by

    python -m converter music train --data FOLDER

Features version {version}. Valence and arousal are weighted sums of nine shares of raters, standardised on
these clips (`converter/music/protocol.py`); quadrants are split at their medians.

**Measured** by 5 folds, artists never split, weights chosen without the fold, mean of three dealings:

    python -m converter music evaluate --data FOLDER --folds [--ears own]

| | both ears | ours alone |
| --- | --- | --- |
{rows}

**Weights of the groups** (against a noise of 1):

| | arousal | valence |
| --- | --- | --- |
{weights}

**What it cannot do.** The clips are a minute of classical, rock, electronic and pop music. Valence is hard
(people agree less on it, too), so half of the songs should be asked about rather than sorted. Angry and fear
lie on one point of valence and arousal and are not told apart; disgust and surprise are never said. It knows
no words, no memories and no person. It must not be used to judge people.
"""


def text(document: dict[str, Any], path: Path) -> str:
    """The card of a head that stands in `path`."""
    figures, axes = document["figures"], document["heads"]["both"]
    arousal, valence = axes["arousal"]["weights"], axes["valence"]["weights"]
    groups = sorted(document["groups"])
    return TEXT.format(
        name=path.name,
        groups=", ".join(groups[:-1]) + " and " + groups[-1],
        size=path.stat().st_size / 1000,
        data=document["data"],
        version=document["features_version"],
        rows="\n".join(
            f"| {words} | {figures['both'][key]:.3f} | {figures['own'][key]:.3f} |"
            for key, words in ROWS.items()
        ),
        weights="\n".join(
            f"| {name} | {arousal.get(name, 0):.2g} | {valence.get(name, 0):.2g} |" for name in groups
        ),
    )
