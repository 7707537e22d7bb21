"""What becomes of the music while something is announced: the same on a real MPD and on the simulated one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from conftest import SONG_S, write_tone
from listening import RealListening, SimulatedListening
from simulated_mpd import SimulatedMpd

from appliance.demo.private_mpd import PrivateMpd
from appliance.player.announcer import HANGS, LONGEST_S, MOST_WAITING, REFUSED
from appliance.player.fade import STEP_S
from appliance.protocol.actions import (
    ChangeVolume,
    LimitVolume,
    NextInQueue,
    PauseMusic,
    QueueSong,
    ResumeMusic,
    Speak,
    StartSong,
    StopMusic,
)
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.messages import AnnouncementEnded, PlayerChanged, PlayerEvent, Song, Transition

BELL = "bell.flac"
Box: TypeAlias = RealListening | SimulatedListening
Open: TypeAlias = Callable[..., Box]


@pytest.fixture(scope="module")
def bell_mpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateMpd]:
    """A real MPD with a bell of half a second beside its songs."""
    folder = tmp_path_factory.mktemp("bell")
    for mood in ("happy", "sad"):
        for number in range(2):
            write_tone(folder / "music" / mood / f"{number}.flac", f"{mood} {number}", f"Artist {number}")
    write_tone(folder / "music" / BELL, "bell", seconds=0.5)
    with PrivateMpd(folder / "mpd", folder / "music") as server:
        yield server


@pytest.fixture(params=["real", "simulated"])
def opening(request: pytest.FixtureRequest) -> Iterator[Open]:
    opened: list[Box] = []

    def open_one(**settings: object) -> Box:
        if request.param == "real":
            server: PrivateMpd = request.getfixturevalue("bell_mpd")
            guest = server.client()
            for mode in (guest.repeat, guest.random, guest.single, guest.consume):
                mode(0)
            guest.clear()
            guest.setvol(100)
            guest.disconnect()
            box: Box = RealListening(server, **settings)
        else:
            box = SimulatedListening(simulated(), **settings)
        opened.append(box)
        box.until_ready()
        return box

    yield open_one
    for box in opened:
        box.close()


def simulated() -> SimulatedMpd:
    songs = [
        Song(f"{mood}/{number}.flac", f"{mood} {number}", "A", "", SONG_S)
        for mood in EMOTIONS
        for number in range(2)
    ]
    return SimulatedMpd([*songs, Song(BELL, "bell", "A", "", 0.5)])


@pytest.fixture
def box(opening: Open) -> Box:
    return opening()


@pytest.fixture
def simulation() -> Iterator[SimulatedListening]:
    box = SimulatedListening(simulated())
    box.until_ready()
    yield box
    box.close()


def play(box: Box, at_s: float = 8.0) -> PlayerChanged:
    pick = box.pick("happy")
    box.perform(StartSong(pick, Transition.CUT, at_s))
    return box.until_playing(pick.song)


def announcing(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerChanged) and event.announcing


def over(event: PlayerEvent) -> bool:
    return isinstance(event, AnnouncementEnded)


def back(event: PlayerEvent) -> bool:
    return isinstance(event, PlayerChanged) and not event.announcing


def speaks(box: Box) -> bool:
    status, song = box.guest.status(), box.guest.currentsong()
    return status["state"] == "play" and song.get("file") == BELL


def announce(box: Box, uri: str = BELL, percent: int = 60) -> AnnouncementEnded:
    """Announce it, and listen to its end."""
    box.perform(Speak(uri, percent))
    ended: AnnouncementEnded = box.until(over)
    return ended


def queue(box: Box) -> list[str]:
    return [entry["file"] for entry in box.guest.playlistinfo()]


def test_after_an_announcement_the_very_song_goes_on_where_it_was(box: Box) -> None:
    before = play(box)
    box.perform(Speak(BELL, 60))
    held = box.until(announcing)
    assert (held.state, held.song, held.song_id) == ("play", before.song, before.song_id)
    assert box.until(over).failed is None
    after = box.until(back)
    assert (after.state, after.song_id, after.fresh) == ("play", before.song_id, True)
    # The fade takes 0.3 s of the song on either side, and nothing is left out or heard twice.
    assert held.elapsed_s <= after.elapsed_s <= held.elapsed_s + 1.0
    assert queue(box) == [before.song.uri] if before.song else False


def test_the_music_fades_and_the_announcement_has_its_own_volume(box: Box) -> None:
    play(box)
    box.perform(ChangeVolume(40))
    box.wire.clear()
    announce(box, percent=60)
    box.until(back)
    volumes = box.volumes()
    down, up = volumes[: volumes.index(60)], volumes[volumes.index(60) + 1 :]
    assert down == sorted(down, reverse=True)
    assert down[-1] == 0
    assert up == sorted(up)
    assert (up[0], up[-1]) == (0, 40)
    assert min(len(down), len(up)) > 3


def test_an_announcement_is_never_louder_than_the_maximum(opening: Open) -> None:
    box = opening(max_volume=70)
    play(box)
    announce(box, percent=100)
    box.until(back)
    box.perform(LimitVolume(25))  # quiet hours
    box.wire.clear()
    announce(box, percent=100)
    box.until(back)
    assert max(box.volumes()) == 25
    assert 70 not in box.volumes()


@pytest.mark.parametrize("modes", [("repeat",), ("random",), ("single",), ("consume",), ("repeat", "random")])
def test_a_guests_modes_and_queue_are_as_they_were(box: Box, modes: tuple[str, ...]) -> None:
    ids = [box.guest.addid(f"happy/{number}.flac") for number in range(2)]
    for mode in modes:
        getattr(box.guest, mode)(1)
    box.guest.seekid(ids[0], "5.0")
    box.until_state("play")
    announce(box)
    after = box.until(back)
    assert (after.state, str(after.song_id)) == ("play", ids[0])
    assert {entry["id"] for entry in box.guest.playlistinfo()} == set(ids)
    status = box.guest.status()
    assert {mode for mode in ("repeat", "random", "single", "consume") if status[mode] != "0"} == set(modes)


def test_what_was_paused_is_paused_again_at_its_place(box: Box) -> None:
    play(box)
    box.perform(PauseMusic())
    paused = box.until_state("pause")
    announce(box)
    after = box.until(back)
    assert (after.state, after.song_id) == ("pause", paused.song_id)
    assert after.elapsed_s == pytest.approx(paused.elapsed_s, abs=0.01)
    assert box.guest.status()["volume"] == "50"


def test_what_was_silent_is_silent_again(box: Box) -> None:
    announce(box)
    assert box.until(back).state == "stop"
    assert not queue(box)
    play(box)
    box.perform(StopMusic())
    box.until_state("stop")
    announce(box)
    assert box.until(back).state == "stop"


def test_announcements_follow_each_other_and_then_the_music_goes_on(box: Box) -> None:
    before = play(box)
    box.perform(Speak(BELL, 60), Speak(BELL, 30), Speak(BELL, 20))
    for _ in range(3):
        assert box.until(over).failed is None
    after = box.until(back)
    assert after.song_id == before.song_id
    assert after.elapsed_s < before.elapsed_s + 2.0
    assert {60, 30, 20} < set(box.volumes())


def test_more_announcements_than_have_room_are_dropped_with_a_word(box: Box) -> None:
    box.perform(*[Speak(BELL, 60)] * (MOST_WAITING + 1))
    assert "wait" in box.until(over).failed


def test_an_announcement_that_is_not_there_costs_the_music_nothing(box: Box) -> None:
    before = play(box)
    assert announce(box, "nowhere.flac").failed == REFUSED
    after = box.until(back)
    assert (after.state, after.song_id) == ("play", before.song_id)
    assert before.elapsed_s <= after.elapsed_s < before.elapsed_s + 2.0


def test_a_hand_that_asks_for_music_ends_the_announcement(box: Box) -> None:
    play(box)
    box.perform(Speak(BELL, 60), Speak(BELL, 60))
    box.until(announcing)
    box.until_so(lambda: speaks(box))
    other = box.pick("sad")
    box.perform(StartSong(other, Transition.CUT))
    started = box.until_playing(other.song)
    assert not started.announcing
    assert BELL not in queue(box)
    assert box.guest.status()["volume"] == "50"
    assert box.guest.status()["single"] == "0"


def test_a_pause_in_the_middle_is_a_pause_of_the_music(box: Box) -> None:
    before = play(box)
    box.perform(Speak(BELL, 60))
    box.until_so(lambda: speaks(box))
    box.perform(PauseMusic())
    after = box.until_state("pause")
    assert after.song_id == before.song_id
    box.perform(ResumeMusic())
    assert box.until_state("play").song_id == before.song_id


@pytest.mark.parametrize("word", ["pause", "stop"])
def test_a_phone_that_wants_silence_gets_it(box: Box, word: str) -> None:
    play(box)
    box.perform(Speak(BELL, 60))
    box.until_so(lambda: speaks(box))
    box.guest.pause(1) if word == "pause" else box.guest.stop()
    after = box.until(back)
    assert (after.state, after.fresh) == (word, False)
    assert BELL not in queue(box)


def test_a_phone_that_plays_something_meanwhile_is_let_be(box: Box) -> None:
    play(box)
    theirs = box.guest.addid("sad/1.flac")
    box.perform(Speak(BELL, 60))
    box.until_so(lambda: speaks(box))
    box.guest.playid(theirs)
    box.until(over)
    after = box.until(back)
    assert (after.state, str(after.song_id), after.pick) == ("play", theirs, None)
    assert BELL not in queue(box)
    assert box.guest.status()["volume"] == "50"


def test_who_turns_the_volume_meanwhile_is_heard_at_once_and_after(box: Box) -> None:
    play(box)
    box.perform(Speak(BELL, 60))
    box.until_so(lambda: speaks(box))
    box.perform(ChangeVolume(20))
    assert box.guest.status()["volume"] == "20"
    assert speaks(box)
    box.until(over)
    assert box.until(back).volume == 20


def test_a_box_that_ends_meanwhile_leaves_the_music_playing(opening: Open) -> None:
    box = opening()
    before = play(box)
    box.perform(Speak(BELL, 60))
    box.until_so(lambda: speaks(box))
    box.player.close()
    assert box.guest.status()["songid"] == str(before.song_id)
    assert box.guest.status()["state"] == "play"
    assert box.guest.status()["volume"] == "50"


def test_an_announcement_without_an_end_is_cut_off(simulation: SimulatedListening) -> None:
    before, began = play(simulation), simulation.now()
    long = Song("long.flac", "", "", "", 600.0)
    simulation.box.songs = [*simulation.box.songs, long]
    simulation.perform(Speak(long.uri, 60))
    assert simulation.until(over, within_s=2 * LONGEST_S).failed is None
    assert 60.0 <= simulation.now() - began < 60.9
    after = simulation.until(back)
    assert (after.state, after.song_id) == ("play", before.song_id)


def test_an_announcement_that_hangs_ends(simulation: SimulatedListening) -> None:
    before = play(simulation)
    simulation.perform(Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.box.hung_at = simulation.now()
    assert simulation.until(over).failed == HANGS
    simulation.box.let_go()
    assert simulation.until(back).song_id == before.song_id


def test_an_mpd_that_dies_meanwhile_has_lost_the_announcement(simulation: SimulatedListening) -> None:
    play(simulation)
    simulation.perform(Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.box.kill()
    simulation.turn()
    simulation.box.start()
    assert "anew" in simulation.until(over).failed
    assert simulation.until(back).fresh
    simulation.until_so(lambda: simulation.box.volume == 50)


def test_who_skips_meanwhile_skips_the_song(simulation: SimulatedListening) -> None:
    play(simulation)
    follower = simulation.pick("sad")
    simulation.perform(QueueSong(follower), Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.perform(NextInQueue())
    assert simulation.guest.currentsong()["file"] == follower.song.uri
    assert not simulation.until_playing(follower.song).announcing
    assert BELL not in queue(simulation)


def test_a_connection_that_drops_meanwhile_costs_nothing(simulation: SimulatedListening) -> None:
    before = play(simulation)
    simulation.perform(Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.box.links[0].connect()
    simulation.turn()
    assert speaks(simulation)
    assert simulation.until(over).failed is None
    assert simulation.until(back).song_id == before.song_id


def test_a_song_that_is_taken_from_the_queue_meanwhile_leaves_silence(simulation: SimulatedListening) -> None:
    before = play(simulation)
    simulation.perform(Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.guest.deleteid(before.song_id or 0)
    assert simulation.until(over).failed is None
    assert simulation.until(back).state == "stop"
    assert not queue(simulation)


def test_what_mpd_plays_for_a_moment_at_an_announcements_end_is_nobodys_choice(
    simulation: SimulatedListening,
) -> None:
    before = play(simulation)
    simulation.guest.addid("sad/1.flac")
    simulation.perform(Speak(BELL, 60))
    simulation.until_so(lambda: speaks(simulation))
    simulation.guest.next()
    simulation.guest.play(1)
    simulation.box.clock.now += STEP_S
    simulation.turn()
    simulation.guest.stop()
    simulation.until(over)
    after = simulation.until(back)
    assert (after.state, after.song_id) == ("play", before.song_id)


def test_without_an_mpd_there_is_no_announcement(simulation: SimulatedListening) -> None:
    simulation.box.kill()
    simulation.turn()
    assert announce(simulation).failed == "MPD is away"


def test_a_song_that_is_fading_out_has_given_way_before_the_announcement(box: Box) -> None:
    play(box)
    other = box.pick("sad")
    box.perform(StartSong(other, Transition.FADE), Speak(BELL, 60))
    box.until(over)
    after = box.until(back)
    assert after.song == other.song
