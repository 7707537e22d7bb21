"""MPD goes from one song to the next by itself, also between two commands with which we change its queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from simulated_mpd import SimulatedMpd

from appliance.player.queue import Queue
from appliance.protocol.memory import GuestPlace
from appliance.protocol.messages import Pick, Song

FIRST, NEXT, OTHER = (Song(name, name, duration_s=100.0) for name in ("first", "next", "other"))
PICK = Pick(OTHER, "sad", "because")
STATUS_OF_BEFORE = {"songid": "1", "nextsongid": "2"}

CHANGES: dict[str, Callable[[Queue, Any], None]] = {
    "replaced": lambda queue, client: queue.replace_next(client, PICK),
    "followed": lambda queue, client: queue.follow(client, PICK, STATUS_OF_BEFORE),
    "started": lambda queue, client: queue.start(client, PICK, 0.0, False, 0.0),
}


class Hurried:
    """A client of an MPD whose first song ends just before the first command of this name."""

    def __init__(self, client: Any, command: str) -> None:
        self._client, self._before = client, command

    def __getattr__(self, command: str) -> Any:
        if command == self._before:
            self._before = ""
            if self._client.status()["songid"] == "1":
                self._client.next()
        return getattr(self._client, command)


@pytest.mark.parametrize("before", ["status", "addid", "playlistinfo", "deleteid", "playid"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_song_that_ends_while_the_next_is_changed_ends_no_music(change: str, before: str) -> None:
    """What had just begun was deleted, and MPD stopped: nothing came after it yet."""
    mpd, queue = SimulatedMpd([FIRST, NEXT, OTHER]), Queue()
    for place, song in enumerate((FIRST, NEXT)):
        queue.whose.add(mpd.add(song, place), Pick(song, "sad", ""))
    client = mpd.client()
    client.playid(1)
    CHANGES[change](queue, Hurried(client, before))
    assert mpd.state == "play"
    names = [entry.song.uri for entry in mpd.queue[mpd.current :]]
    assert names in (["other"], ["first", "other"], ["next", "other"])
    assert names == ["other"] or change != "started"


def test_nothing_can_fail_any_more_once_a_song_has_been_started() -> None:
    """An MPD that was late after that had the song tried again, and another one's answer taken for its."""
    mpd, queue, asked = SimulatedMpd([FIRST, NEXT, OTHER]), Queue(), []
    for place, song in enumerate((FIRST, NEXT)):
        queue.whose.add(mpd.add(song, place), Pick(song, "sad", ""))
    client = mpd.client()
    client.playid(1)

    class Noting:
        def __getattr__(self, command: str) -> Any:
            asked.append(command)
            return getattr(client, command)

    queue.start(Noting(), PICK, 0.0, False, 0.0)
    assert asked[-1] == "playid"


@pytest.mark.parametrize("start_s", [0.0, 0.5, 1.0, 40.0])
def test_a_song_begins_where_it_is_to_begin(start_s: float) -> None:
    mpd, queue = SimulatedMpd([OTHER]), Queue()
    queue.start(mpd.client(), PICK, start_s, False, 0.0)
    assert (mpd.state, mpd.position()) == ("play", start_s)


def test_a_guests_song_that_was_stopped_waits_at_its_beginning() -> None:
    mpd, queue = SimulatedMpd([FIRST, NEXT, OTHER]), Queue()
    for place, song in enumerate((FIRST, NEXT)):
        mpd.add(song, place)
    mpd.client().seek(1, 30)
    mpd.client().stop()
    queue.start(mpd.client(), PICK, 0.0, True, 0.0)
    assert queue.whose.place == GuestPlace(2, "next", 0.0)


@pytest.mark.parametrize(("over_guests", "is_wish"), [(True, False), (False, True)])
def test_what_a_guest_had_there_waits_only_where_our_songs_are_to_pass_over_it(
    over_guests: bool, is_wish: bool
) -> None:
    mpd, queue = SimulatedMpd([FIRST, OTHER]), Queue()
    his = mpd.add(FIRST, 0)
    queue.start(mpd.client(), PICK, 0.0, over_guests, 0.0)
    assert (queue.whose.is_wish(his), queue.whose.is_left_over(his)) == (is_wish, not is_wish)
    assert queue.whose.is_wish(mpd.add(FIRST, 0))  # what he adds from now on is one in any case


@pytest.mark.parametrize(("plays", "passed"), [(0, 0), (2, 2)])
def test_what_was_passed_over_is_so_until_a_guest_is_back_there(plays: int, passed: int) -> None:
    mpd, queue = SimulatedMpd([FIRST, NEXT, OTHER]), Queue()
    for place, song in enumerate((FIRST, OTHER, NEXT)):
        mpd.add(song, place)
    queue.whose.add(2, PICK)
    queue.whose.passed = 2
    client = mpd.client()
    client.play(plays)
    queue.give_way(client, client.status())
    assert queue.whose.passed == passed


def test_where_a_song_of_a_guest_begins_what_follows_of_ours_is_taken_back() -> None:
    """It is chosen anew, by what fits then; what was heard of ours stays, to go back to."""
    mpd, queue = SimulatedMpd([FIRST, NEXT, OTHER]), Queue()
    for place, song in enumerate((OTHER, FIRST, OTHER, NEXT)):
        song_id = mpd.add(song, place)
        if song is OTHER:
            queue.whose.add(song_id, PICK)
    client = mpd.client()
    client.play(1)
    queue.give_way(client, client.status())
    assert [entry.song.uri for entry in mpd.queue] == ["other", "first", "next"]
