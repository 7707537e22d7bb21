"""A box that was killed in the middle of an announcement finds it at its next start: the song goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from conftest import SONG_S, write_tone
from listening import RealListening, SimulatedListening
from simulated_mpd import SimulatedMpd
from waiting import until

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.leftovers import clear_up
from appliance.protocol.actions import PauseMusic, Speak, StartSong
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.memory import Interrupted, Memory, QueueMemory
from appliance.protocol.messages import AnnouncementEnded, PlayerChanged, PlayerEvent, Song, Transition
from appliance.state import Keeper, load, save

SPEECH = "speech.flac"
LENGTH_S = 20.0
Box: TypeAlias = RealListening | SimulatedListening


@pytest.fixture(scope="module")
def speaking_mpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMpd]:
    folder = tmp_path_factory.mktemp("speech")
    for mood in ("happy", "sad"):
        write_tone(folder / "music" / mood / "0.flac", mood)
    write_tone(folder / "music" / SPEECH, "speech", seconds=LENGTH_S)
    with PrivateMpd(folder / "mpd", folder / "music") as server:
        yield server


@pytest.fixture(params=["real", "simulated"])
def begin(request: pytest.FixtureRequest) -> Iterator[Callable[..., Box]]:
    """Begins a box on one and the same MPD, and closes all of them at the end."""
    begun: list[Box] = []
    songs = [Song(f"{mood}/0.flac", mood, "A", "", SONG_S) for mood in EMOTIONS]
    simulated = SimulatedMpd([*songs, Song(SPEECH, "speech", "A", "", LENGTH_S)])

    def begin_one(known: QueueMemory | None = None) -> Box:
        if request.param == "real":
            server: PrivateMpd = request.getfixturevalue("speaking_mpd")
            if not begun:
                clean(server)
            begun.append(RealListening(server, known=known))
        else:
            begun.append(SimulatedListening(simulated, known=known))
        begun[-1].until_ready()
        return begun[-1]

    yield begin_one
    for box in begun:
        box.close()


def clean(server: PrivateMpd) -> None:
    guest = server.client()
    guest.single(0)
    guest.repeat(0)
    guest.clear()
    guest.disconnect()


def killed_while_it_speaks(box: Box, *, repeat: int = 0) -> QueueMemory:
    """Begin an announcement, and turn the box no more. Returns what it had written when that began."""
    begun: list[QueueMemory] = []

    def has_begun(event: PlayerEvent) -> bool:
        return isinstance(event, PlayerChanged) and event.announcing

    box.guest.repeat(repeat)
    box.perform(Speak(SPEECH, 70))
    box.until(has_begun)
    begun.append(box.player.memory)
    box.until_so(lambda: box.guest.currentsong().get("file") == SPEECH and state(box) == "play")
    return begun[0]


def state(box: Box) -> str:
    return str(box.guest.status()["state"])


def queue(box: Box) -> list[str]:
    return [entry["file"] for entry in box.guest.playlistinfo()]


def seen(box: Box) -> tuple[Any, ...]:
    status = box.guest.status()
    return status["state"], status["single"], status["repeat"], status["volume"], queue(box)


def test_the_song_goes_on_where_it_was_and_nothing_is_left_of_the_announcement(
    begin: Callable[..., Box],
) -> None:
    """Its entry stayed in the queue, `single` on, and the box was as loud as the announcement."""
    box = begin()
    pick = box.pick("happy")
    box.perform(StartSong(pick, Transition.CUT, 8.0))
    box.until_playing(pick.song)
    left = killed_while_it_speaks(box)
    anew = begin(left)
    anew.until_so(lambda: seen(anew) == ("play", "0", "0", "50", [pick.song.uri]))
    assert 7.5 <= float(anew.guest.status()["elapsed"]) <= 12.0
    assert anew.player.memory.interrupted is None


def test_what_was_held_stays_held_and_a_guests_mode_is_his_again(begin: Callable[..., Box]) -> None:
    box = begin()
    box.guest.addid("sad/0.flac")
    box.guest.play(0)
    box.until_state("play")
    box.perform(PauseMusic())
    box.until_state("pause")
    box.guest.single(1)
    left = killed_while_it_speaks(box, repeat=1)
    anew = begin(left)
    anew.until_so(lambda: seen(anew)[:3] == ("pause", "1", "1") and queue(anew) == ["sad/0.flac"])


def test_a_queue_without_a_song_is_silent_again(begin: Callable[..., Box]) -> None:
    box = begin()
    left = killed_while_it_speaks(box)
    anew = begin(left)
    anew.until_so(lambda: seen(anew)[0] == "stop" and queue(anew) == [])


def test_what_somebody_plays_meanwhile_is_not_taken_from_him(begin: Callable[..., Box]) -> None:
    box = begin()
    box.guest.addid(SPEECH)  # the very same, but his
    left = killed_while_it_speaks(box)
    box.guest.addid("sad/0.flac")
    box.guest.play(2)
    anew = begin(left)
    anew.until_so(lambda: seen(anew)[:2] == ("play", "0") and queue(anew) == [SPEECH, "sad/0.flac"])


def test_an_mpd_that_was_cut_off_with_the_box_is_cleared_up_too(speaking_mpd: PrivateMpd) -> None:
    """It comes back with the announcement in its queue, under another number, and `single` on."""
    clean(speaking_mpd)
    box = RealListening(speaking_mpd)
    box.until_ready()
    pick = box.pick("happy")
    box.perform(StartSong(pick, Transition.CUT, 8.0))
    box.until_playing(pick.song)
    left = killed_while_it_speaks(box)
    speaking_mpd.stop()
    speaking_mpd.start()
    anew = RealListening(speaking_mpd, known=left)
    anew.until_ready()
    anew.until_so(lambda: seen(anew)[:3] == ("play", "0", "0") and queue(anew) == [pick.song.uri])
    anew.close()
    box.close()


def test_nothing_is_remembered_of_an_announcement_that_is_over(begin: Callable[..., Box]) -> None:
    box = begin()
    assert killed_while_it_speaks(box).interrupted
    box.guest.stop()
    box.until(lambda event: isinstance(event, AnnouncementEnded))
    box.until_so(lambda: box.player.memory.interrupted is None)


# --- step by step ------------------------------------------------------------------------------------------

SONG, OTHER = (Song(f"{mood}/0.flac", mood, "A", "", SONG_S) for mood in ("happy", "sad"))
LEFT = Interrupted(SPEECH, behind=2, state="play", id=1, uri=SONG.uri, elapsed_s=8.0, modes={"single": "0"})


@pytest.fixture
def mpd() -> SimulatedMpd:
    """The song that was interrupted (1), another one (2), and what is left of the announcement (3)."""
    speech = Song(SPEECH, "speech", "A", "", LENGTH_S)
    mpd = SimulatedMpd([SONG, OTHER, speech])
    for place, song in enumerate((SONG, OTHER, speech)):
        mpd.add(song, place)
    mpd.modes["single"] = "1"
    return mpd


def cleared(mpd: SimulatedMpd, left: Interrupted = LEFT) -> tuple[str, str, float]:
    """Clear up. Returns what MPD does then, the name of the song, and where that is."""
    client = mpd.client()
    clear_up(client, left)
    assert mpd.modes["single"] == "0"
    return mpd.state, client.currentsong().get("file", ""), mpd.position()


def test_a_song_that_was_held_when_the_box_ended_goes_on(mpd: SimulatedMpd) -> None:
    mpd.client().seek(0, 8)
    mpd.client().pause(1)
    assert cleared(mpd) == ("play", SONG.uri, 8.0)
    assert [entry.song for entry in mpd.queue] == [SONG, OTHER]


@pytest.mark.parametrize(("place", "word"), [(0, "play"), (0, "stop"), (1, "pause"), (1, "play")])
def test_what_a_hand_has_done_since_is_let_be(mpd: SimulatedMpd, place: int, word: str) -> None:
    guest = mpd.client()
    guest.seek(place, 3)
    if word != "play":
        guest.pause(1) if word == "pause" else guest.stop()
    assert cleared(mpd) == (word, (SONG, OTHER)[place].uri, 0.0 if word == "stop" else 3.0)
    assert [entry.song for entry in mpd.queue] == [SONG, OTHER]


def test_where_nothing_was_to_be_heard_any_more_nothing_begins(mpd: SimulatedMpd) -> None:
    """Its ids are those of an MPD that began anew."""
    mpd.start(restored=[mpd.queue[2].song, SONG])
    mpd.modes["single"] = "1"
    assert cleared(mpd, replace(LEFT, behind=0, id=7)) == ("stop", "", 0.0)
    assert [entry.song for entry in mpd.queue] == [SONG]


def test_of_the_same_name_only_the_last_is_the_announcement(mpd: SimulatedMpd) -> None:
    mpd.add(mpd.queue[2].song, 2)
    cleared(mpd)
    assert [entry.song.uri for entry in mpd.queue] == [SONG.uri, OTHER.uri, SPEECH]


def test_no_name_with_a_line_break_is_sent_to_mpd() -> None:
    """It would be the end of one command, and the beginning of another."""

    class Noting:
        def __getattr__(self, command: str) -> Any:
            def asked(*words: str) -> dict[str, str]:
                assert not any("\n" in word for word in words)
                return {"state": "stop"}

            return asked

    clear_up(Noting(), replace(LEFT, by="x\nclear", uri="y\nclear"))


def test_what_is_interrupted_is_written_at_once_and_read_again(tmp_path: Path) -> None:
    queue = QueueMemory(interrupted=Interrupted(SPEECH, 3, "play", 7, "a.flac", 8.5, {"single": "oneshot"}))
    save(tmp_path / "one.json", Memory(queue=queue))
    assert load(tmp_path / "one.json")[0] == Memory(queue=queue)
    keeper = Keeper(tmp_path / "state.json")
    keeper.keep(Memory(), 0.0)
    assert keeper.flush()
    keeper.keep(Memory(queue=queue), 0.01)
    until(lambda: load(tmp_path / "state.json")[0] == Memory(queue=queue))
    keeper.close()
