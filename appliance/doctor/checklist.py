"""Checks of what no program can see or hear, for a person at the box. README.md has the same lines."""

from __future__ import annotations

from collections.abc import Sequence

AT_THE_START = (
    "From the plug to the first note: what `moodbox boot` says, and a few seconds of firmware before it.",
    "Pause held for three seconds: the light flashes, the music ends, the Pi's green LED goes dark.",
    "The plug pulled out in the middle of a song, three times: each time it plays again by itself.",
)
"""`moodbox boot` prints these."""

AFTER_IT = (
    "A song is heard, from the right loudspeaker, without crackling, and not too loud at the start.",
    "On the page the room stands upright and is bright enough; a frame soon surrounds your face.",
    "You smile, or look sad, for a few seconds: mood and music follow.",
    "`moodbox camera off`: no picture; the light is dark but for its double flash, the camera's LED too.",
    "Every button does what docs/wiring.md says, and the light answers.",
    "After an hour of music in its case, `sudo moodbox doctor` finds its power strong and the box cool.",
    "With the hotspot, out of reach of your Wi-Fi: a phone finds it, and its page leads into a Wi-Fi.",
)

ALL = (*AT_THE_START, *AFTER_IT)


def listed(lines: Sequence[str] = ALL) -> str:
    """The lines as a list of boxes to tick, under a heading."""
    return "\n".join(["", "What only you can see and hear:", *(f"  [ ] {line}" for line in lines)])
