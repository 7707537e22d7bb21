"""What is said of whose mood holds."""

from __future__ import annotations

import pytest

from appliance.brain.mood import REACTIONS, MoodTracker
from appliance.brain.wish import Wish
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Reading


def seeing(emotion: str) -> Wish:
    wish = Wish(MoodTracker(REACTIONS["instant"], 20.0, 100.0), None, 0.0)
    wish.see(Reading(tuple(float(name == emotion) for name in EMOTIONS), Box(0, 0, 9, 9), 100.0))
    return wish


@pytest.mark.parametrize("seen", EMOTIONS)
@pytest.mark.parametrize("played", EMOTIONS)
def test_music_of_another_mood_than_the_face_s_is_not_said_to_be_the_face_s(seen: str, played: str) -> None:
    says_face = seeing(seen).because(played).startswith("You look")
    assert says_face is (seen == played)
