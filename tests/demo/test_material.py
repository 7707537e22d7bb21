"""The demo's own faces and tunes: drawn, recorded and composed by code."""

from __future__ import annotations

import ast
import contextlib
import os
import subprocess
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.demo import legibility, material
from appliance.demo.face import recording
from appliance.demo.face.drawing import (
    EXPRESSIONS,
    PEOPLE,
    Expression,
    Listener,
    Pose,
    blend,
    portrait,
    scene,
)
from appliance.demo.face.features import brow_line, eye_outline
from appliance.demo.face.mouth import mouth_of
from appliance.demo.tunes import score, synth, tunes
from appliance.demo.tunes.songbook import TUNES
from appliance.machine.machine import cache_folder
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Face, Frame
from appliance.vision import Detector, faces

soundfile = pytest.importorskip("soundfile", reason="the demo extra is not installed")

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def detector() -> Detector:
    return faces.BlazeFace(MODELS / "face_detector.tflite")


def look(detector: Detector, picture: np.ndarray) -> list[Face]:
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    small = np.asarray(cv2.resize(grey, (320, 240), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return detector.find(Frame(grey, small, lambda: picture, 0.0))


# --- drawing ---------------------------------------------------------------------------------------------


def test_there_is_an_expression_for_every_emotion() -> None:
    assert set(EXPRESSIONS) == set(EMOTIONS)


def test_every_action_unit_is_between_rest_and_its_limit() -> None:
    for expression in EXPRESSIONS.values():
        for unit in fields(Expression):
            rest = -1 if unit.name.startswith("look_") else 0
            assert rest <= getattr(expression, unit.name) <= 1, unit.name


def test_the_same_parameters_draw_the_same_picture() -> None:
    one, two = portrait("happy", yaw=4, seed=3), portrait("happy", yaw=4, seed=3)
    assert one.shape == (480, 640, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, two)
    assert not np.array_equal(one, portrait("sad", yaw=4, seed=3))


@pytest.mark.parametrize("person", range(len(PEOPLE)))
@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_detector_finds_every_drawn_face(detector: Detector, emotion: str, person: int) -> None:
    found = look(detector, portrait(emotion, seed=person))
    assert len(found) == 1
    assert found[0].score > 0.8


def test_the_detector_finds_a_turned_face_in_dim_light(detector: Detector) -> None:
    for yaw, roll, light, scale in ((12, -8, 0.5, 0.8), (-12, 8, 1.2, 1.2), (0, 12, 0.4, 0.7)):
        found = look(detector, portrait("neutral", yaw=yaw, roll=roll, light=light, scale=scale))
        assert len(found) == 1


def test_the_detector_counts_the_faces_of_a_scene(detector: Detector) -> None:
    for count in (2, 3):
        together = [
            Listener(pose=Pose(x=640 * (k + 0.5) / count, scale=75), person=PEOPLE[k]) for k in range(count)
        ]
        assert len(look(detector, scene(together))) == count


def test_an_empty_room_has_no_face(detector: Detector) -> None:
    assert look(detector, scene([])) == []


def test_a_blend_begins_and_ends_at_its_expressions() -> None:
    happy, sad = EXPRESSIONS["happy"], EXPRESSIONS["sad"]
    assert blend(happy, sad, -1) == blend(happy, sad, 0) == happy
    assert blend(happy, sad, 1) == blend(happy, sad, 2) == sad
    assert blend(happy, sad, 0.5).corner_pull == pytest.approx(0.5)


def test_action_units_move_the_face_as_their_names_say() -> None:
    at_rest = Expression()
    smile, frown = mouth_of(Expression(corner_pull=1)), mouth_of(Expression(corner_depress=1))
    assert smile.corner < mouth_of(at_rest).corner < frown.corner
    assert smile.half_width > mouth_of(at_rest).half_width
    dropped, rest = mouth_of(Expression(jaw_drop=1)), mouth_of(at_rest)
    assert dropped.bottom - dropped.top > rest.bottom - rest.top + 0.2

    def inner_brow(expression: Expression) -> float:
        return brow_line(expression, 1)[0][1]

    assert inner_brow(Expression(inner_brow_raise=1)) < inner_brow(at_rest)
    assert inner_brow(Expression(brow_lower=1)) > inner_brow(at_rest)
    assert inner_brow(Expression(inner_brow_raise=1, brow_lower=1)) < inner_brow(at_rest)

    def openness(expression: Expression) -> float:
        upper, lower = eye_outline(expression, 1)
        return float(lower[:, 1].max() - upper[:, 1].min())

    assert openness(Expression(upper_lid_raise=1)) > openness(at_rest) > openness(Expression(eyes_close=1))


# --- the recording ---------------------------------------------------------------------------------------


def test_the_recording_shows_every_emotion_within_thirty_seconds() -> None:
    shown = {recording.moment(t / 10).settled for t in range(300)}
    assert shown == {*EMOTIONS, ""}


def test_the_listener_leaves_for_a_while_at_the_end() -> None:
    times = np.arange(0, recording.LENGTH_S, 0.1)
    empty = [t for t in times if recording.moment(t).listener is None]
    assert len(empty) == pytest.approx(recording.NOBODY_S * 10, abs=1)
    assert min(empty) > len(EMOTIONS) * recording.SHOWN_S


def test_the_recordings_end_leads_back_to_its_beginning() -> None:
    first, last = recording.moment(0.0), recording.moment(recording.LENGTH_S - 0.01)
    assert first.listener is not None
    assert last.listener is not None
    assert last.listener.expression.corner_pull == first.listener.expression.corner_pull
    assert abs(last.listener.pose.x - first.listener.pose.x) < 25


def test_the_recording_is_a_video_that_opencv_reads_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "listener.avi"
    recording.write_recording(path, seconds=2)
    video = cv2.VideoCapture(str(path))
    count = 0
    while True:
        more, picture = video.read()
        if not more:
            break
        assert picture.shape == (recording.HEIGHT, recording.WIDTH, 3)
        count += 1
    assert count == 2 * recording.RATE
    assert path.stat().st_size / count * recording.LENGTH_S * recording.RATE < 10e6


def test_a_recording_that_is_cut_short_leaves_nothing(tmp_path: Path) -> None:
    def cut(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recording.write_recording(tmp_path / "listener.avi", say=cut)
    assert list(tmp_path.iterdir()) == []


def test_at_least_four_of_seven_emotions_are_read() -> None:
    results = legibility.measure(MODELS, rate=3)
    assert [row.shown for row in results] == list(recording.ORDER)
    assert all(row.found == 1.0 for row in results)
    assert sum(row.read for row in results) >= 4, results


# --- the tunes -------------------------------------------------------------------------------------------


def test_every_mood_has_two_songs_by_different_artists() -> None:
    for mood in EMOTIONS:
        artists = [tune.artist for tune in TUNES if tune.mood == mood]
        assert len(artists) == len(set(artists)) == 2
    assert len({tune.title for tune in TUNES}) == len(TUNES)


@pytest.mark.parametrize("tune", TUNES, ids=lambda tune: tune.title)
def test_every_written_bar_is_full(tune: score.Tune) -> None:
    for bar in tune.melody.split("|"):
        assert sum(float(token.split(":")[1]) for token in bar.split()) == tune.beats, bar
    assert len(tune.melody.split("|")) % len(tune.chords.split("|")) == 0


def test_chords_are_built_as_their_names_say() -> None:
    tune = next(tune for tune in TUNES if tune.scale == "minor")
    root = tune.tonic

    def intervals(token: str) -> tuple[int, ...]:
        chord = score.chord_of(tune, token)
        return tuple(pitch - chord[0] for pitch in chord[: len(chord) // 3])

    assert intervals("1") == (0, 3, 7)
    assert intervals("5M") == (0, 4, 7)
    assert intervals("1o7") == (0, 3, 6, 9)
    assert intervals("1p") == (0, 7)
    assert intervals("6") == (0, 4, 7)
    assert score.chord_of(tune, "2b")[0] == root + 1


def test_a_tune_is_played_the_same_each_time() -> None:
    tune = TUNES[0]
    assert score.perform(tune, 10) == score.perform(tune, 10)
    assert score.perform(tune, 10) != score.perform(tune, 10, seed=2)


def test_a_note_sounds_for_its_share_of_its_time() -> None:
    for tune in TUNES:
        notes, _, _ = score.perform(tune, 8)
        token = next(token for token in tune.melody.split() if token[0] not in "r|")
        first = next(note for note in notes if note.part is tune.lead[0])
        assert first.seconds == pytest.approx(
            float(token.split(":")[1]) * 60 / tune.bpm * tune.lead[0].held, rel=1e-6
        )


@pytest.mark.parametrize("instrument", [*synth.TIMBRES, *synth.BARS, "pluck"])
def test_every_instrument_is_in_tune_and_does_not_click(instrument: str) -> None:
    sound = synth.note(instrument, 69, 1.0)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2**18))
    hertz = np.fft.rfftfreq(2**18, 1 / synth.RATE)
    near = (hertz > 400) & (hertz < 480)
    middle = (hertz[near] * spectrum[near] ** 2).sum() / (spectrum[near] ** 2).sum()
    assert middle == pytest.approx(440, rel=0.003)
    assert abs(sound[0]) < 0.01
    assert abs(sound[-1]) < 0.01


@pytest.fixture(scope="module")
def played() -> dict[str, list[np.ndarray]]:
    """Eight seconds or so of each tune, by mood."""
    by_mood: dict[str, list[np.ndarray]] = {mood: [] for mood in EMOTIONS}
    for tune in TUNES:
        by_mood[tune.mood].append(tunes.render(tune, seconds=8))
    return by_mood


def test_no_tune_clips_clicks_or_falls_silent(played: dict[str, list[np.ndarray]]) -> None:
    for sound in (sound for sounds in played.values() for sound in sounds):
        assert np.isfinite(sound).all()
        assert 10 ** (-8 / 20) < np.abs(sound).max() <= 10 ** (-2.9 / 20)
        assert np.abs(sound[0]).max() < 1e-3
        assert np.abs(sound[-1]).max() < 1e-3
        seconds = sound[: len(sound) // synth.RATE * synth.RATE].reshape(-1, synth.RATE, 2)[:-4]
        assert (np.sqrt((seconds**2).mean(axis=(1, 2))) > 0.003).all()


def brightness(sounds: list[np.ndarray]) -> float:
    """Mean spectral centroid, hertz."""
    power = [np.abs(np.fft.rfft(sound.mean(axis=1))) ** 2 for sound in sounds]
    hertz = [np.fft.rfftfreq(len(sound), 1 / synth.RATE) for sound in sounds]
    return float(np.mean([(f * p).sum() / p.sum() for f, p in zip(hertz, power, strict=True)]))


def loudness(sounds: list[np.ndarray]) -> float:
    """Mean root mean square, of full scale."""
    return float(np.mean([np.sqrt((sound**2).mean()) for sound in sounds]))


def test_the_moods_sound_as_they_were_composed(played: dict[str, list[np.ndarray]]) -> None:
    bright = {mood: brightness(sounds) for mood, sounds in played.items()}
    loud = {mood: loudness(sounds) for mood, sounds in played.items()}
    assert bright["happy"] > 2 * bright["sad"]
    assert bright["surprise"] > bright["neutral"] > bright["sad"]
    assert bright["fear"] > bright["disgust"]
    assert max(loud, key=lambda mood: loud[mood]) == "angry"
    assert loud["fear"] < loud["neutral"] < loud["angry"]
    assert loud["sad"] < loud["happy"]


def test_the_moods_differ_in_tempo_mode_and_articulation() -> None:
    def mean(mood: str, what: str) -> float:
        chosen = [tune for tune in TUNES if tune.mood == mood]
        held = [part.held for tune in chosen for part in tune.lead]
        return float(np.mean([tune.bpm for tune in chosen] if what == "bpm" else held))

    assert mean("angry", "bpm") > mean("happy", "bpm") > mean("neutral", "bpm") > mean("sad", "bpm")
    assert mean("sad", "held") > mean("neutral", "held") > mean("happy", "held")
    scales = {mood: {tune.scale for tune in TUNES if tune.mood == mood} for mood in EMOTIONS}
    assert scales["happy"] == {"major"}
    assert scales["sad"] == scales["fear"] == {"minor"}


def test_a_written_tune_carries_its_tags(tmp_path: Path) -> None:
    path = tunes.write_tune(TUNES[0], tmp_path, seconds=2)
    assert path == tmp_path / TUNES[0].mood / f"{TUNES[0].title}.flac"
    with soundfile.SoundFile(path) as file:
        assert (file.title, file.artist, file.genre) == (TUNES[0].title, TUNES[0].artist, TUNES[0].genre)
        assert (file.format, file.samplerate, file.channels) == ("FLAC", synth.RATE, 2)
        assert file.frames > 2 * synth.RATE
    assert len(list(path.parent.iterdir())) == 1


# --- the cache -------------------------------------------------------------------------------------------


def test_the_cache_key_covers_every_module_that_makes_material() -> None:
    for maker in material.MAKERS:
        for source in (Path(material.__file__).parent / maker).glob("*.py"):
            if source.name == "__main__.py":  # its check of the result makes no material
                continue
            for node in ast.walk(ast.parse(source.read_text())):
                name = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
                assert not name.startswith("appliance") or name.startswith(f"appliance.demo.{maker}"), source


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODBOX_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("MOODBOX_CACHE")
    assert cache_folder() == Path.home() / ".cache" / "moodbox"


def test_material_that_was_cut_short_is_not_taken_for_whole(tmp_path: Path) -> None:
    def cut(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        material.material(tmp_path, say=cut)
    assert list(tmp_path.iterdir()) == []


def test_material_that_cannot_be_written_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        material.material(tmp_path / "file")


@pytest.mark.slow
def test_material_is_made_once_and_found_again(tmp_path: Path) -> None:
    said: list[str] = []
    old, new = tmp_path / "demo-000000000000", tmp_path / "unfinished-now"
    for other in (old, new):
        other.mkdir(parents=True)
    os.utime(old, (0, 0))
    made = material.material(tmp_path, say=said.append)
    assert not old.exists()
    assert new.exists()
    assert said
    assert made.recording.is_file()
    assert {folder.name for folder in made.music.iterdir()} == set(EMOTIONS)
    assert len(list(made.music.glob("*/*.flac"))) == len(TUNES)
    said.clear()
    assert material.material(tmp_path, say=said.append) == made
    assert said == []


def test_makers_that_are_ended_late_do_not_complain_that_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    kill = subprocess.Popen.kill

    def kill_late(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        kill(process)

    def leave(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "kill", kill_late)
    with pytest.raises(KeyboardInterrupt):
        material.material(tmp_path, leave)
    assert capfd.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []
