"""What no program can see or hear: for the person in front of the box. README.md has the same lines; a test compares."""

from __future__ import annotations

from collections.abc import Sequence

AT_THE_START = (
    "From the plug to the first note takes about as long as `moodbox boot` says, and ten seconds of firmware and kernel.",
    "Pause, held for three seconds: the light flashes, the music ends, the green LED of the Pi goes dark.",
    "The plug pulled out in the middle of a song, three times: each time it plays again by itself.",
)
"""`moodbox boot` prints these."""

AFTER_IT = (
    "A song is heard, from the right loudspeaker, without crackling, and not too loud at the start.",
    "On the page the room stands upright and is bright enough; a frame is drawn about your face within two seconds.",
    "You smile, or look sad, for a few seconds: mood and music follow.",
    "`moodbox camera off`: the picture is gone, the light is dark but for its double flash, the camera's own LED too.",
    "Every button does what docs/wiring.md says, and the light answers.",
    "After an hour of music in its case, `sudo moodbox doctor` still finds the power supply strong and the box cool.",
    "Out of reach of your Wi-Fi (with the hotspot): a phone finds `moodbox-…`, and its page leads back into a Wi-Fi.",
)

ALL = (*AT_THE_START, *AFTER_IT)


def listed(lines: Sequence[str] = ALL) -> str:
    """For people."""
    return "\n".join(["", "What only you can see and hear:", *(f"  [ ] {line}" for line in lines)])
