"""The volume that people mean, and the one that quiet hours allow, to the percent."""

from __future__ import annotations

import pytest

from appliance.brain.loudness import Loudness
from appliance.brain.mpd_state import MpdState
from appliance.protocol.actions import ChangeVolume, LimitVolume
from appliance.protocol.messages import PlayerChanged, PlayState

CAP = 40


class Heard(MpdState):
    """MPD, as loud as is said."""

    def set(self, volume: int) -> None:
        self.take(PlayerChanged(PlayState.PLAY, volume=volume), 100.0)


@pytest.mark.parametrize(
    ("before", "now", "lasting"),
    [
        (60, 40, 60),  # held down
        (60, 50, 60),  # an alarm is louder
        (45, 60, 45),
        (60, 39, 39),  # somebody has turned it down
        (30, 30, 30),  # quiet enough
        (30, 50, 50),  # somebody has turned it up
        (40, 50, 50),
        (41, 40, 41),
    ],
)
def test_after_quiet_hours_it_is_as_before_unless_a_hand_has_changed_it(
    before: int, now: int, lasting: int
) -> None:
    heard = Heard()
    heard.set(before)
    loudness = Loudness(heard, CAP, None)
    assert loudness.cap() == [LimitVolume(CAP)]
    heard.set(now)
    assert loudness.lasting == lasting
    assert loudness.lift() == [LimitVolume(None), *([ChangeVolume(lasting)] if lasting != now else [])]


def test_only_in_quiet_hours_what_they_allow_is_enough() -> None:
    heard = Heard()
    heard.set(50)
    loudness = Loudness(heard, CAP, None)
    wanted = (49, 50, 51)
    assert [loudness.is_at(percent) for percent in wanted] == [True, True, False]
    loudness.cap()
    assert [loudness.is_at(percent) for percent in wanted] == [True, True, True]
    loudness.lift()
    assert [loudness.is_at(percent) for percent in wanted] == [True, True, False]


@pytest.mark.parametrize(("volume", "by", "becomes"), [(5, -10, 0), (10, -10, 0), (95, 10, 100), (50, 5, 55)])
def test_a_step_ends_at_nothing_and_at_the_loudest(volume: int, by: int, becomes: int) -> None:
    heard = Heard()
    heard.set(volume)
    assert Loudness(heard, CAP, None).step(by) == [ChangeVolume(becomes)]
