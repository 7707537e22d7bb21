"""Whose an entry of MPD's queue is, after whatever has happened to the queue meanwhile."""

from __future__ import annotations

import pytest
from simulated_mpd import SimulatedMpd

from appliance.player.queue import HISTORY, Queue
from appliance.player.whose import REMEMBERED, Whose
from appliance.protocol.memory import GuestPlace, OwnEntry, QueueMemory
from appliance.protocol.messages import Pick, Song

OURS, HIS = Song("ours", "Ours", duration_s=100.0), Song("his", "His", duration_s=100.0)
LATER = Song("later", duration_s=100.0)
PICK = Pick(OURS, "sad", "because")


@pytest.fixture
def mpd() -> SimulatedMpd:
    """Its queue: a guest's song (1), ours (2), our second (3)."""
    mpd = SimulatedMpd([OURS, HIS, LATER])
    for song in (HIS, OURS, LATER):
        mpd.add(song, len(mpd.queue))
    return mpd


def known(mpd: SimulatedMpd) -> Whose:
    """What a box remembers that was here when MPD began at 1000."""
    ours = (OwnEntry(2, "ours", "sad"), OwnEntry(3, "later", ""))
    return Whose(QueueMemory(began=1000.0, version=mpd.version, ours=ours, passed=1))


def test_an_mpd_that_ran_on_has_our_entries_under_their_ids(mpd: SimulatedMpd) -> None:
    for began in (998.5, 1000.0, 1001.5):  # MPD tells whole seconds
        whose = known(mpd)
        mpd.stir("playlist")  # somebody has changed it since
        whose.meet(mpd.client(), began)
        assert list(whose.picks) == [2, 3]
        assert whose.version == mpd.version - 1
        assert [whose.is_left_over(id) for id in (1, 2, 3, 4)] == [True, False, False, False]
        assert [whose.is_wish(id) for id in (1, 2, 3, 4)] == [False, False, False, True]
        assert [whose.is_ours(id) for id in (1, 2, 3, 4)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("began", "restored", "older"),
    [
        (1002.0, [LATER, HIS, OURS], 0), (998.0, [LATER, HIS, OURS], 0),  # by its time
        (1000.0, [HIS, OURS, LATER], 1),  # by its version, which only grows while MPD runs
        (1000.0, [HIS, LATER, OURS], 0),  # by other songs under our ids
    ],
)  # fmt: skip
def test_of_an_mpd_that_began_anew_ours_are_those_of_our_names(
    mpd: SimulatedMpd, began: float, restored: list[Song], older: int
) -> None:
    whose = known(mpd)
    mpd.start(restored=restored)
    mpd.version = whose.version - older
    whose.meet(mpd.client(), began)
    names = {entry.id: entry.song.uri for entry in mpd.queue}
    assert {names[id]: pick.song.uri for id, pick in whose.picks.items()} == {
        "ours": "ours",
        "later": "later",
    }
    assert whose.version == 0


def test_a_song_that_a_guest_has_added_to_the_restored_queue_is_his_whatever_its_name(
    mpd: SimulatedMpd,
) -> None:
    whose = known(mpd)
    mpd.start(restored=[HIS, OURS])
    mpd.client().addid("later")
    whose.meet(mpd.client(), 5000.0)
    assert [mpd.queue[id - 1].song.uri for id in whose.picks] == ["ours"]
    assert whose.passed == 3  # and none is taken for a new wish


def test_twice_the_same_song_is_ours_as_often_as_we_have_put_it_there(mpd: SimulatedMpd) -> None:
    memory = QueueMemory(1000.0, mpd.version, (OwnEntry(2, "ours", "sad"),))
    mpd.start(restored=[OURS, HIS, OURS])
    whose = Whose(memory)
    whose.meet(mpd.client(), 5000.0)
    assert list(whose.picks) == [1]
    assert whose.passed == 0  # no guest's song was passed over before


def test_the_guests_place_is_found_among_his_own_songs_or_forgotten(mpd: SimulatedMpd) -> None:
    place = GuestPlace(1, "his", 12.0)
    for restored, there in (([OURS, HIS, HIS], GuestPlace(2, "his", 12.0)), ([OURS], None)):
        whose = Whose(QueueMemory(1000.0, 9, (OwnEntry(2, "ours", "sad"),), passed=1, place=place))
        mpd.start(restored=restored)
        whose.meet(mpd.client(), 5000.0)
        assert whose.place == there


def test_of_all_that_was_there_before_ours_nothing_is_a_wish() -> None:
    whose = Whose(QueueMemory(passed=3))
    assert [whose.is_wish(id) for id in (1, 2, 3, 4)] == [False, False, False, True]
    assert [whose.is_left_over(id) for id in (1, 2, 3, 4)] == [True, True, True, False]


def test_what_mpd_took_but_did_not_answer_in_time_is_ours(mpd: SimulatedMpd) -> None:
    whose = known(mpd)
    whose.adding = PICK
    mpd.client().addid("ours")
    whose.meet(mpd.client(), 1000.0)
    assert list(whose.picks) == [2, 3, 4]
    assert whose.adding is None


@pytest.mark.parametrize("passed", [2, 3])
def test_what_was_there_before_we_added_is_not_what_we_added(mpd: SimulatedMpd, passed: int) -> None:
    """A guest has queued the song himself, and ours never came."""
    whose = Whose(QueueMemory(1000.0, 1, passed=passed))
    whose.adding = PICK
    whose.meet(mpd.client(), 1000.0)
    assert whose.picks == {}


def test_what_mpd_never_took_is_nowhere() -> None:
    whose = Whose(QueueMemory(1000.0, 1))
    whose.adding = PICK
    whose.meet(SimulatedMpd([OURS]).client(), 1000.0)
    assert whose.picks == {}


def test_an_entry_is_known_by_its_id_and_its_song(mpd: SimulatedMpd) -> None:
    whose = Whose(QueueMemory())
    untitled = Pick(Song("ours"), "sad", "because")
    whose.add(2, untitled)
    assert whose.pick_of(2, OURS) == Pick(OURS, "sad", "because")  # with what MPD knows of it
    assert whose.pick_of(2, HIS) is None
    assert whose.pick_of(2, Song("zither")) is None
    assert whose.pick_of(3, OURS) is None


def test_the_newest_sixty_entries_are_kept_in_mind() -> None:
    assert REMEMBERED == 60
    whose = Whose(QueueMemory())
    for number in range(1, 63):
        whose.add(number, PICK)
    assert list(whose.picks) == list(range(3, 63))


@pytest.mark.parametrize("follows", [False, True])
def test_twenty_songs_stay_to_go_back_to_beside_the_one_that_plays_and_the_next(follows: bool) -> None:
    mpd = SimulatedMpd([OURS])
    queue, client = Queue(), mpd.client()
    for number in range(25):
        queue.whose.add(mpd.add(OURS, number), PICK)
    client.play(23 if follows else 24)
    queue.trim(client, client.status())
    assert len(mpd.queue) == HISTORY + 1 + follows == 21 + follows


def test_what_a_guest_has_among_them_is_never_removed() -> None:
    mpd = SimulatedMpd([OURS, HIS])
    queue, client = Queue(), mpd.client()
    mpd.add(HIS, 0)
    for number in range(25):
        queue.whose.add(mpd.add(OURS, number + 1), PICK)
    client.play(1)  # a guest has gone back to the oldest of ours
    queue.trim(client, client.status())
    assert [entry.song.uri for entry in mpd.queue[:2]] == ["his", "ours"]
    assert mpd.queue[1].id == 2
