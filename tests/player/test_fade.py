"""Volume arithmetic: fades, other people's wishes, and mixers that round."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.player.fade import Fade, Volume

percents = st.integers(0, 100)
levels = st.floats(0.0, 1.0)


def exact(percent: int) -> int:
    return percent


def coarse(percent: int) -> int:
    """A sound card with 32 steps."""
    return round(round(percent * 31 / 100) * 100 / 31)


def look(volume: Volume, mixer: list[int], answer: Callable[[int], int] = exact) -> bool:
    """One look at a mixer, and what it leads to. Returns whether somebody else had set it."""
    changed = volume.see(mixer[-1])
    if (wanted := volume.due()) is not None:
        mixer.append(answer(wanted))
        volume.wrote(wanted, mixer[-1])
    return changed


@given(st.floats(0.01, 10.0), st.lists(st.floats(0.0, 5.0), min_size=1, max_size=20))
def test_half_a_fade_only_falls_or_only_rises(seconds: float, gaps: list[float]) -> None:
    for rising in (False, True):
        fade = Fade(100.0, seconds, start=0.0 if rising else 1.0, rising=rising)
        times = [100.0 + sum(gaps[:count]) for count in range(len(gaps) + 1)]
        steps = [fade.level(now) for now in times]
        assert all(0.0 <= level <= 1.0 for level in steps)
        assert steps == sorted(steps, reverse=not rising)


@given(levels, st.floats(0.0, 2.0))
def test_a_fade_that_turns_goes_on_from_where_it_is(start: float, later: float) -> None:
    fade = Fade(0.0, 1.0, start=start)
    assert fade.turned(later, rising=True).level(later) == fade.level(later)


@pytest.mark.parametrize(("share", "down", "up"), [(0.0, 1.0, 0.0), (0.25, 0.75, 0.25), (0.5, 0.5, 0.5)])
def test_a_fade_is_a_straight_line(share: float, down: float, up: float) -> None:
    falls, rises = Fade(100.0, 4.0), Fade(100.0, 4.0, start=0.0, rising=True)
    assert (falls.level(100.0 + 4.0 * share), rises.level(100.0 + 4.0 * share)) == (down, up)


def test_a_fade_of_no_length_is_over_at_once() -> None:
    assert Fade(5.0, 0.0).is_over(5.0)
    assert Fade(5.0, 0.0, start=0.0, rising=True).is_over(5.0)


@given(percents, levels)
def test_no_step_is_louder_than_the_volume_that_is_meant(start: int, level: float) -> None:
    volume, mixer = Volume(start, 100), [100]
    look(volume, mixer)
    volume.level = level
    look(volume, mixer)
    assert mixer[-1] <= start
    assert volume.intended == start


@given(st.lists(percents, max_size=10), percents)
def test_whatever_others_do_it_is_never_above_the_maximum(theirs: list[int], maximum: int) -> None:
    volume, mixer = Volume(None, maximum), [100]
    for percent in theirs:
        mixer.append(percent)
        look(volume, mixer)
        assert mixer[-1] == volume.intended == min(percent, maximum)


@pytest.mark.parametrize("percent", range(101))
def test_a_mixer_that_rounds_is_not_fought(percent: int) -> None:
    volume, mixer = Volume(percent, 100), [100]
    look(volume, mixer, coarse)
    written = len(mixer)
    for _ in range(3):
        assert not look(volume, mixer, coarse)
    assert len(mixer) == written
    assert volume.intended == percent


def test_a_volume_set_by_somebody_else_ends_a_fade_and_holds() -> None:
    volume, mixer = Volume(50, 100), [50]
    look(volume, mixer)
    volume.level = 0.5
    look(volume, mixer)
    mixer.append(70)
    assert look(volume, mixer)
    assert (volume.intended, volume.level, mixer[-1]) == (70, 1.0, 70)


def test_after_a_restart_the_volume_is_written_and_not_taken_over() -> None:
    volume, mixer = Volume(50, 100), [50]
    look(volume, mixer)
    mixer.append(100)
    volume.insist()
    assert not look(volume, mixer)
    assert (volume.intended, mixer[-1]) == (50, 50)


def test_once_it_has_been_written_others_are_heard_again() -> None:
    volume, mixer = Volume(50, 100), [50]
    volume.insist()
    look(volume, mixer)
    mixer.append(80)
    assert look(volume, mixer)
    assert volume.intended == 80


def test_a_wish_made_while_there_is_no_mixer_is_kept_until_there_is_one() -> None:
    volume = Volume(50, 100)
    assert not volume.see(None)
    volume.want(20)
    assert volume.due() is None
    mixer = [100]
    look(volume, mixer)
    assert mixer[-1] == 20


def test_a_limit_holds_until_it_is_lifted() -> None:
    volume, mixer = Volume(60, 80), [60]
    look(volume, mixer)
    volume.limit(30)
    look(volume, mixer)
    assert mixer[-1] == 30
    mixer.append(70)
    look(volume, mixer)
    assert mixer[-1] == 30
    volume.limit(None)
    look(volume, mixer)
    mixer.append(95)
    look(volume, mixer)
    assert mixer[-1] == 80
