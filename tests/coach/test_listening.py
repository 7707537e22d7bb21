"""What was heard of a song is kept, small, so that another head can judge it without hearing it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.coach.listening import HALF, Listener, _packed, _unpacked
from appliance.ear import musicnn
from appliance.ear.hearing import Heard

NAMES = ("tempo", "flatness")


def heard(embedding: np.ndarray | None = None, **features: float) -> Heard:
    return Heard({"flatness": 0.5, "tempo": 120.0} | features, embedding, -20.0, 200.0)


def test_what_one_ear_heard_is_kept_by_the_names_of_its_features() -> None:
    packed = _packed(heard(), NAMES)
    assert len(packed) == 2 * len(NAMES)
    again = _unpacked(packed, 1, NAMES)
    assert again.features == {"tempo": 120.0, "flatness": 0.5}
    assert again.embedding is None


def test_what_both_heard_is_kept_and_of_a_song_of_one_ear_what_it_did_not_hear_is_nothing() -> None:
    embedding = np.array([0.25, -0.5, 1.0], np.float32)
    packed = _packed(heard(embedding), NAMES)
    both = _unpacked(packed, 2, NAMES)
    assert both.features == {"tempo": 120.0, "flatness": 0.5}
    assert both.embedding is not None
    assert both.embedding.tolist() == embedding.tolist()
    assert _unpacked(packed, 1, NAMES).embedding is None


@pytest.mark.parametrize(("felt", "kept"), [(1e9, HALF), (-1e9, -HALF)])
def test_a_feature_beyond_what_its_place_holds_is_the_largest_that_it_does(felt: float, kept: float) -> None:
    assert _unpacked(_packed(heard(tempo=felt), NAMES), 1, NAMES).features["tempo"] == kept


def test_a_file_is_stamped_with_the_ears_that_hear_it(tmp_path: Path) -> None:
    song = tmp_path / "song.flac"
    song.write_bytes(b"1234")
    listener = Listener()
    stamp = listener.stamp(song)
    assert (stamp.size, stamp.ears) == (4, 2 if musicnn.FILE.exists() else 1)
    for second, ears in ((None, 1), (object(), 2)):
        listener._second = second  # type: ignore[assignment]
        assert listener.stamp(song).ears == ears


def test_songs_that_were_heard_are_judged_again() -> None:
    listener = Listener()
    names = listener._head.features
    packed = _packed(Heard(dict.fromkeys(names, 0.0), None, -20.0, 200.0), names)
    assert set(listener.judge([("a.mp3", 1, packed), ("b.mp3", 1, packed)])) == {"a.mp3", "b.mp3"}


@pytest.mark.parametrize(("comment", "told"), [("calm songs", "neutral"), ("Ripped by EAC", "")])
def test_a_comment_that_names_a_mood_is_what_a_song_without_such_a_tag_tells(
    tmp_path: Path, comment: str, told: str
) -> None:
    song = tmp_path / "song.flac"
    with soundfile.SoundFile(song, "w", 8000, 1, format="FLAC") as file:
        file.artist, file.genre, file.comment = "Nico", "Folk", comment
        file.write(0.1 * np.sin(np.arange(30 * 8000) / 5))
    listener = Listener()
    listener._second = None  # ours alone hears it in half the time
    row = listener.hear("song.flac", song, listener.stamp(song))
    assert (row.uri, row.artist, row.genre, row.told) == ("song.flac", "Nico", "Folk", told)
    assert row.head == listener.head
    assert row.length_s == pytest.approx(30.0, abs=0.1)
