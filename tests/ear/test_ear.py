"""What the ear hears in sounds that we make ourselves, and what it says of files that are no songs."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from appliance.ear import decode, keys, loudness, rhythm, spectrum, tonality
from appliance.ear.hearing import hear
from appliance.errors import EarMissing, SongPassedOver, SongUnheard
from converter.music.fetch import TARGET

RATE = decode.RATE
C_MAJOR, C_MINOR = (60, 64, 67), (60, 63, 67)


def seconds(length: float) -> np.ndarray:
    return np.arange(round(length * RATE)) / RATE


def tone(midi: float, length: float) -> np.ndarray:
    """A note with four partials."""
    hertz = 440 * 2 ** ((midi - 69) / 12)
    return np.sum([np.sin(2 * np.pi * hertz * n * seconds(length)) / n for n in range(1, 5)], axis=0)


def chord(notes: tuple[int, ...], length: float = 1.0) -> np.ndarray:
    return 0.1 * np.sum([tone(note, length) for note in notes], axis=0)


def cadence(*chords: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([chord(notes) for notes in chords * 3]).astype(np.float32)


def clicks(per_minute: float, length: float = 30.0) -> np.ndarray:
    sound = np.zeros(round(length * RATE), np.float32)
    for beat in np.arange(0.1, length - 0.1, 60 / per_minute):
        start = round(beat * RATE)
        sound[start : start + 400] = np.random.default_rng(1).normal(0, 0.3, 400)
    return sound


def write(path: Path, sound: np.ndarray, rate: int = RATE, channels: int = 1) -> Path:
    """A WAV file; every channel has the same."""
    pcm = np.repeat((np.clip(sound, -1, 1) * 32767).astype("<i2"), channels).tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    head = b"RIFF" + struct.pack("<I", 36 + len(pcm)) + b"WAVEfmt " + struct.pack("<I", 16) + form
    path.write_bytes(head + b"data" + struct.pack("<I", len(pcm)) + pcm)
    return path


def sine(length: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 997 * seconds(length))).astype(np.float32)


@pytest.mark.parametrize("per_minute", [72, 100, 128, 144])
def test_clicks_have_their_tempo(per_minute: int) -> None:
    mel = spectrum.log_mel(spectrum.power(clicks(per_minute)))
    found = rhythm.rhythm(mel)
    assert 110 * 2 ** found["tempo"] == pytest.approx(per_minute, rel=0.02)
    assert found["onsets"] == pytest.approx(per_minute / 60, rel=0.1)
    assert found["pulse"] > 0.7


def test_a_held_tone_has_neither_onsets_nor_pulse() -> None:
    found = rhythm.rhythm(spectrum.log_mel(spectrum.power(sine(30))))
    assert found["onsets"] < 0.2
    assert found["pulse"] < 0.2


def test_major_is_told_from_minor_in_any_key_and_tuning() -> None:
    major = cadence((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67))
    minor = cadence((60, 63, 67), (65, 68, 72), (67, 71, 74), (60, 63, 67))
    for shift in (0, 5, 8.4):
        # Another key, or tuning, is the same sound faster.
        moved = [resampled(sound, 2 ** (shift / 12)) for sound in (major, minor)]
        bright, dark = (tonality.tonality(tonality.chroma(sound)) for sound in moved)
        assert bright["mode"] > 0 > dark["mode"]
        assert bright["third"] > 0 > dark["third"]


def test_a_song_that_moves_through_keys_has_a_mode_in_each_of_them() -> None:
    major = cadence((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67))
    minor = cadence((60, 63, 67), (65, 68, 72), (67, 71, 74), (60, 63, 67))
    bright, dark = (
        keys.keys(
            *keys.tones(np.concatenate([resampled(np.tile(sound, 3), 2 ** (up / 12)) for up in (0, 6, 1)]))
        )
        for sound in (major, minor)
    )
    for name in ("key_mode", "key_mode_of_tonic", "chord_mode", "chord_mode_share"):
        assert bright[name] > 0 > dark[name], name


def resampled(sound: np.ndarray, factor: float) -> np.ndarray:
    at = np.arange(0, len(sound) - 1, factor)
    return np.interp(at, np.arange(len(sound)), sound).astype(np.float32)


def test_a_sine_is_as_loud_as_the_standard_says() -> None:
    """ITU-R BS.1770: 997 Hz at full scale in one channel is -3.01 LUFS."""
    blocks = loudness.blocks(spectrum.power(2 * sine(10)))
    assert loudness.integrated(blocks) == pytest.approx(-3.01, abs=0.2)


def test_pauses_do_not_count_for_the_loudness() -> None:
    alone = loudness.integrated(loudness.blocks(spectrum.power(sine(10))))
    with_pause = np.concatenate([sine(10), np.zeros(20 * RATE, np.float32)])
    assert loudness.integrated(loudness.blocks(spectrum.power(with_pause))) == pytest.approx(alone, abs=0.3)


def test_noise_is_brighter_than_a_low_tone() -> None:
    low = chord((40,), 5).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 0.1, len(low)).astype(np.float32)
    dull, bright = (loudness.brightness(sound, spectrum.power(sound)) for sound in (low, noise))
    assert dull["centroid"] < bright["centroid"]
    assert dull["flatness"] < bright["flatness"]
    assert dull["band_4"] < bright["band_4"]


def test_a_song_is_heard_with_the_same_finite_features(tmp_path: Path) -> None:
    tune = write(tmp_path / "tune.wav", np.tile(cadence(C_MAJOR, C_MINOR), 6))
    held = write(tmp_path / "held.wav", sine(40))
    first, second = hear(tune), hear(held)
    assert list(first.features) == list(second.features)
    assert all(np.isfinite(value) for heard in (first, second) for value in heard.features.values())
    assert first.length_s == pytest.approx(36, abs=0.1)
    assert first.embedding is None


def test_a_long_song_is_heard_in_three_places_and_a_short_one_whole() -> None:
    assert decode.starts(240) == [(33.0, 30.0), (105.0, 30.0), (177.0, 30.0)]
    assert decode.starts(45) == [(0.0, 22.5), (22.5, 22.5)]
    assert decode.starts(91)[-1][0] <= 61


def test_eight_channels_sound_as_one(tmp_path: Path) -> None:
    one = hear(write(tmp_path / "one.wav", sine(31)))
    eight = hear(write(tmp_path / "eight.wav", sine(31), channels=8))
    assert eight.features["centroid"] == pytest.approx(one.features["centroid"], abs=0.05)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("once upon a time\n" * 100)


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(100_000))


def playlist(path: Path) -> None:
    write(path.with_name("secret.wav"), sine(40))
    path.write_text(f"ffconcat version 1.0\nfile {path.with_name('secret.wav')}\n")


def remote(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:40\n#EXTINF:40,\nhttp://127.0.0.1:9/song.ts\n")


def silence(path: Path) -> None:
    write(path, np.zeros(31 * RATE, np.float32))


def only_a_head(path: Path) -> None:
    write(path, sine(40))
    os.truncate(path, 44)


def encrypted(path: Path) -> None:
    """An MP4 whose sound says, in its sample entry, that it is FairPlay's."""
    wav, plain = write(path.with_name("plain.wav"), sine(31)), path.with_name("plain.m4a")
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, "-c:a", "aac", plain], check=True, timeout=60)
    path.write_bytes(plain.read_bytes().replace(b"mp4a", b"drms", 1))


BAD = {
    nothing: "empty",
    text: "no sound file",
    noise: "no sound file",
    playlist: "no sound file",
    remote: "no sound file",
    silence: "silent",
    only_a_head: "no sound",
    encrypted: "DRM",
    os.mkdir: "no such file",
    os.mkfifo: "no such file",
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_what_is_no_song_is_told_with_its_reason(make: object, tmp_path: Path) -> None:
    song = tmp_path / "song.mp3"
    make(song)  # type: ignore[operator]
    with pytest.raises(SongUnheard, match=rf"song\.mp3: .*{BAD[make]}"):  # type: ignore[index]
        hear(song)


def test_ten_hours_and_a_jingle_are_passed_over(tmp_path: Path) -> None:
    jingle = write(tmp_path / "jingle.wav", sine(5))
    broadcast = write(tmp_path / "broadcast.wav", np.zeros(8 * 36_000, np.float32), rate=8)
    with pytest.raises(SongPassedOver, match="5 s long"):
        hear(jingle)
    with pytest.raises(SongPassedOver, match="600 min long"):
        hear(broadcast)


def test_without_ffmpeg_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EarMissing, match="apt-get install ffmpeg"):
        hear(write(tmp_path / "song.wav", sine(31)))


def test_a_megabyte_of_tags_changes_nothing(tmp_path: Path) -> None:
    wav, tagged = write(tmp_path / "plain.wav", sine(31)), tmp_path / "tagged.flac"
    listed = tmp_path / "tags"
    listed.write_text(";FFMETADATA1\ncomment=" + "x" * 1_000_000 + "\n")
    command = ["ffmpeg", "-v", "error", "-i", str(wav), "-i", str(listed), "-map_metadata", "1", str(tagged)]
    subprocess.run(command, check=True, timeout=60)
    assert tagged.stat().st_size > 1_000_000
    assert hear(tagged).length_s == pytest.approx(31, abs=0.1)


def test_hearing_five_minutes_with_both_ears_takes_little_memory(tmp_path: Path) -> None:
    """The whole process, its libraries included."""
    song = write(tmp_path / "song.wav", np.tile(cadence(C_MAJOR, C_MINOR), 50))
    code = (
        "import sys; from pathlib import Path; from appliance.ear.hearing import hear;"
        "from appliance.ear.musicnn import SecondEar;"
        "hear(Path(sys.argv[1]), SecondEar(Path(sys.argv[2]))); print(Path('/proc/self/status').read_text())"
    )
    command = [sys.executable, "-c", code, str(song), str(TARGET)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    # Not getrusage: that counts what the parent had before this began.
    peak = next(line for line in ran.stdout.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) * 1024 < 150e6


def test_neither_the_loop_nor_the_command_line_loads_the_ear() -> None:
    code = (
        "import sys, appliance.service.service, appliance.__main__;"
        "print([m for m in sys.modules if '.ear' in m])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_what_a_file_says_of_itself_is_read_and_a_tag_of_a_megabyte_is_cut(tmp_path: Path) -> None:
    song, tagged = write(tmp_path / "song.wav", sine(31)), tmp_path / "tagged.mka"
    said = {"artist": "Nico", "genre": "Folk", "mood": "Sad", "comment": "x " * 30_000, "title": "not kept"}
    tags = [word for name, value in said.items() for word in ("-metadata", f"{name}={value}")]
    subprocess.run(["ffmpeg", "-v", "error", "-i", song, *tags, tagged], check=True)
    found = decode.examine(tagged)
    assert found.length_s == pytest.approx(31, abs=0.1)
    assert found.tags | {"comment": ""} == {"artist": "Nico", "genre": "Folk", "mood": "Sad", "comment": ""}
    assert len(found.tags["comment"]) <= decode.LONGEST_TAG
    assert decode.examine(song).tags == {}
