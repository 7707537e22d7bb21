"""From made-up faces to a file that the box runs: train, stop, resume, convert.

Run by tests/training.sh in `.venv-train`, in one process: PyTorch and TensorFlow take seconds to come up.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from appliance.vision.emotion import Classifier
from converter.__main__ import main
from converter.errors import BadInput
from converter.measuring import operating, tflite_file
from converter.measuring.protocol import SEVEN

torch = pytest.importorskip("torch", reason="tests/training.sh runs this in .venv-train")
pytest.importorskip("tensorflow", reason="tests/training.sh runs this in .venv-train")

from converter.training import net, rebuild  # noqa: E402
from converter.training.checkpoint import opened, predict  # noqa: E402
from converter.training.convert import Interpolation, interpolated  # noqa: E402
from converter.training.recipe import Recipe, Rendered, Targets  # noqa: E402
from converter.training.run import Run  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder with a miniature of the training data: two kinds of noise, told apart by brightness."""
    folder = tmp_path_factory.mktemp("cache")
    random = np.random.default_rng(1)
    classes = np.arange(160) % 7
    faces = random.integers(0, 100, (160, 48, 48)) + 22 * classes[:, None, None]
    faces[:, 0, 0], faces[:, 0, 1] = 0, 255
    votes = np.zeros((160, 10), np.uint8)
    votes[np.arange(160), SEVEN[classes]] = 10
    (folder / "data").mkdir()
    for name in ("fer_train.npz", "fer_valid.npz"):
        np.savez(
            folder / "data" / name,
            faces=faces.astype(np.uint8),
            votes=votes,
            label=classes.astype(np.uint8),
            row=np.arange(160, dtype=np.int32),
            repeated=np.zeros(160, bool),
        )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOODBOX_CACHE", str(folder))
        environment.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        environment.delenv("MOODBOX_DATA", raising=False)
        yield folder


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def converter(*arguments: str) -> Ran:
    """Run a command of the converter."""
    result, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(result), contextlib.redirect_stderr(said):
        status = main([*arguments])
    return Ran(status, result.getvalue(), said.getvalue())


def checkpoint(home: Path, name: str) -> Path:
    return home / "runs" / name / "checkpoint.pt"


def loaded(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


def train(home: Path, name: str, *more: str) -> list[dict[str, float]]:
    """Train the smallest net and give the lines of its log, without the time that each epoch took."""
    done = converter("train", "--net", "tiny", "--run", name, "--batch", "32", *more)
    assert done.returncode == 0, done.stderr
    lines = (home / "runs" / name / "log.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def faces_of(home: Path) -> np.ndarray:
    faces: np.ndarray = np.load(home / "data" / "fer_train.npz")["faces"]
    return faces


def weights(home: Path, name: str) -> str:
    """A fingerprint of a checkpoint's averaged weights."""
    state = loaded(checkpoint(home, name))["average"]
    return hashlib.sha256(b"".join(each.numpy().tobytes() for each in state.values())).hexdigest()


def test_a_run_that_was_stopped_gives_the_same_network(home: Path) -> None:
    whole = train(home, "whole", "--epochs", "2")
    # Stopped after its first epoch: the one way to do that without a race is to say so.
    first = train(home, "parts", "--epochs", "2", "--stop-after", "1")
    assert first == whole[:1]
    assert weights(home, "parts") != weights(home, "whole")
    assert train(home, "parts", "--resume") == whole
    assert weights(home, "parts") == weights(home, "whole")


def test_faces_grow_in_the_course_of_a_run(home: Path) -> None:
    nothing = Targets(*(np.zeros((1, 7), np.float32),) * 4, np.zeros(7, np.float32))
    run = Run(Recipe("tiny", epochs=10, growing=0.6), nothing, ())
    assert [run.size() for run.epoch in range(10)] == [32] * 3 + [40] * 3 + [48] * 4


def test_no_step_is_larger_than_another_may_be_the_head_for_rendered_faces_included() -> None:
    random = np.random.default_rng(1)
    faces = random.integers(0, 255, (8, 48, 48), np.uint8)
    votes = np.eye(7, dtype=np.float32)[random.integers(0, 7, 8)]
    learnt = Targets(faces, votes, votes, np.ones(8, np.float32), np.zeros(7, np.float32))
    rendered = Rendered(faces, votes, np.full((8, 5), 1e4, np.float32))
    run = Run(Recipe("tiny", batch=8, rendered=0.5, units_loss=1.0), learnt, (), rendered)
    run.one_epoch()
    gradients = [weight.grad.norm() for weight in run.learning() if weight.grad is not None]
    assert torch.stack(gradients).norm() <= 5.01


@pytest.mark.slow
def test_a_run_is_not_overwritten_by_accident(home: Path) -> None:
    train(home, "kept", "--epochs", "1")
    done = converter("train", "--net", "tiny", "--run", "kept", "--epochs", "1")
    assert done.returncode == 2
    assert "--resume" in done.stderr


@pytest.mark.slow
def test_a_checkpoint_of_another_version_s_network_is_refused(home: Path) -> None:
    train(home, "older", "--epochs", "1")
    path = checkpoint(home, "older")
    state = loaded(path)
    state["average"]["stem.weight"] = torch.zeros(20, 1, 5, 5)
    torch.save(state, path)
    for command in (("convert", str(path)), ("train", "--run", "older", "--resume")):
        done = converter(*command)
        assert done.returncode == 2
        assert "a network that this version does not know" in done.stderr


@pytest.mark.slow
def test_a_network_learns_from_all_its_teachers(home: Path) -> None:
    paths = []
    for name in ("one", "two", "three"):
        train(home, name, "--epochs", "1")
        paths.append(str(checkpoint(home, name)))
    assert len(train(home, "pupil", "--epochs", "1", "--teacher", *paths[:2], "--teacher", paths[2])) == 1
    assert loaded(checkpoint(home, "pupil"))["teachers"] == paths


def used(network: Any, count: int) -> Any:
    """Make it as training leaves it: no block passes on nothing, the norms have seen faces. Returns those."""
    for block in network.blocks:
        torch.nn.init.normal_(block.norm2.weight)
    faces = torch.rand(count, 1, 48, 48)
    network(faces)
    network.eval()
    return faces


def test_a_network_reads_a_face_and_its_mirror_image_alike() -> None:
    torch.manual_seed(1)
    made = net.make("tiny")
    faces = used(made, 64)
    read, mirrored = (made(each)[0] for each in (faces, faces.flip(3)))
    assert (read - mirrored).abs().max() < read.std(0).min() / 1000


def test_a_checkpoint_becomes_a_file_that_the_box_runs(home: Path, tmp_path: Path) -> None:
    train(home, "shipped", "--epochs", "1")
    target = tmp_path / "small.tflite"
    done = converter("convert", str(checkpoint(home, "shipped")), "--to", str(target))
    assert done.returncode == 0, done.stderr
    assert tflite_file.read(target).sha256 == Classifier(target).card.sha256
    card = json.loads(target.with_suffix(".json").read_text())
    assert abs(card["held_out"]["maj7"] - card["held_out"]["maj7_float"]) <= 0.2
    assert card["accuracy"]["counts"]["maj7"] == 160


def test_a_shipped_file_is_enough_to_train_further(home: Path, tmp_path: Path) -> None:
    train(home, "first", "--epochs", "1")
    target = tmp_path / "first.tflite"
    done = converter("convert", str(checkpoint(home, "first")), "--to", str(target))
    assert done.returncode == 0, done.stderr
    faces = faces_of(home)
    first, again = (predict(opened(path, faces), faces)[0] for path in (checkpoint(home, "first"), target))
    assert np.abs(first - again).max() < 0.05
    train(home, "second", "--epochs", "1", "--from", str(target))
    refused = converter("train", "--run", "third", "--net", "main", "--epochs", "1", "--from", str(target))
    assert "main cannot begin with it (not a narrower network of the same depth)" in refused.stderr


def test_a_network_grows_out_of_a_narrower_one_without_forgetting() -> None:
    torch.manual_seed(1)
    narrow, wide = (net.Net(net.Shape((8 * n, 8, 16 * n, 24 * n), (1, 1, 2, 1), 0.0)) for n in (1, 2))
    faces = used(narrow, 9)
    net.grow(wide, narrow)
    wide.eval()
    before, after = (made(faces)[0] for made in (narrow, wide))
    after[:, 0].sum().backward()
    assert (before - after).abs().max() < before.std(0).min() / 1000
    assert not wide.votes.weight[:, 12:].any()  # what is new is not heard yet,
    assert wide.votes.weight.grad[0, 12:].all()  # and learns


def test_a_network_may_lie_between_two_of_its_shape(home: Path) -> None:
    """Weights, not answers: a quarter of the way is a quarter of each difference."""
    train(home, "one-end", "--epochs", "1", "--seed", "5")
    train(home, "other-end", "--epochs", "1", "--seed", "6")
    one, two = checkpoint(home, "one-end"), checkpoint(home, "other-end")
    faces = faces_of(home)
    ends = [opened(path, faces).votes.weight.detach().clone() for path in (one, two)]
    between = interpolated(opened(one, faces), Interpolation(two, 0.25), faces)
    assert torch.allclose(between.votes.weight, 0.75 * ends[0] + 0.25 * ends[1])
    with pytest.raises(BadInput, match="has another shape"):
        interpolated(net.make("main"), Interpolation(two, 0.25), faces)


def test_a_file_whose_kernels_have_a_side_is_refused(home: Path, tmp_path: Path) -> None:
    for ending in ("tflite", "json"):
        shutil.copy(ROOT / "models" / f"emotion-tiny.{ending}", tmp_path / f"one-sided.{ending}")
    path = tmp_path / "one-sided.tflite"
    stem, content = tflite_file.read(path).weights[0], path.read_bytes()
    kernel = next(layer.kernel for name, layer in tflite_file.layers(path).items() if name.startswith("stem"))
    steps = np.round(kernel / np.reshape(stem.scales, (-1, 1, 1, 1))).astype(np.int8)
    assert content.count(steps.tobytes()) == 1
    sided = steps.copy()
    sided[0, 0, 0, 0] += 40
    path.write_bytes(content.replace(steps.tobytes(), sided.tobytes()))
    with pytest.raises(BadInput, match=r"cannot be trained further \(its kernels are not beside"):
        rebuild.network(path, faces_of(home))


@pytest.mark.parametrize("name", ["emotion", "emotion-tiny"])
def test_our_shipped_files_can_be_trained_further(home: Path, name: str) -> None:
    path = ROOT / "models" / f"{name}.tflite"
    reads, faces = Classifier(path), faces_of(home)
    made = rebuild.story(path)
    point = operating.offset(made["shift"], made["rest"], np.array(reads.card.log_prior))
    answers = predict(opened(path, faces), faces[:50])[0] + point
    shipped = np.stack([reads.logits(face) for face in faces[:50]])
    # The float network does not round what it passes on.
    assert np.abs(answers - shipped).mean() < reads.card.output.scale


def network(into: tuple[int, int, int], out: int) -> Any:
    """One as somebody would make it in Keras."""
    import keras
    from keras import layers

    start = keras.Input(into)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, 2, activation="relu")(start))
    return keras.Model(start, layers.Dense(out, activation="softmax")(x))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Keras models, and one of faces to calibrate on."""
    folder = tmp_path_factory.mktemp("own")
    network((48, 48, 1), 7).save(folder / "grey.keras")
    network((48, 48, 1), 7).save(folder / "grey.h5")
    network((64, 64, 3), 7).save(folder / "colour.keras")
    network((48, 48, 1), 8).save(folder / "eight.keras")
    network((48, 48, 1), 7).export(str(folder / "saved"))
    (folder / "faces").mkdir()
    (folder / "empty").mkdir()
    for number in range(20):
        face = np.random.default_rng(number).integers(0, 256, (60, 60)).astype(np.uint8)
        cv2.imwrite(str(folder / "faces" / f"{number}.png"), face)
    return folder


@pytest.mark.parametrize("name", ["grey.keras", "grey.h5", "colour.keras"])
def test_anybodys_own_keras_model_is_converted(home: Path, tmp_path: Path, own: Path, name: str) -> None:
    target = tmp_path / "own.tflite"
    done = converter(
        "convert", str(own / name), "--faces", str(own / "faces"), "--to", str(target), "--low", "-1"
    )
    assert done.returncode == 0, done.stderr
    assert "only 20 pictures" in done.stderr
    assert len(Classifier(target).probabilities(np.zeros((48, 48), np.uint8))) == 7


@pytest.mark.parametrize(
    ("name", "more", "words"),
    [
        ("eight.keras", ["--faces", "faces"], "wanted seven numbers"),
        ("saved", ["--faces", "faces"], "gives probabilities"),
        ("none.keras", ["--faces", "faces"], "no such file or folder"),
        ("grey.keras", [], "--faces: name a folder"),
        ("grey.keras", ["--faces", "empty"], "no picture there"),
        ("grey.keras", ["--faces", "faces", "--labels", "angry,happy"], "--labels: the box needs each"),
    ],
)
def test_what_cannot_be_converted_is_said_clearly(
    home: Path, tmp_path: Path, own: Path, name: str, more: list[str], words: str
) -> None:
    given = [str(own / text) if text in ("faces", "empty") else text for text in more]
    target = tmp_path / "own.tflite"
    done = converter("convert", str(own / name), *given, "--to", str(target))
    assert done.returncode == 2, done.stderr
    assert words in done.stderr.splitlines()[-1]
    assert not target.exists()


@pytest.mark.slow
def test_rendered_faces_are_learnt_beside_photographs(home: Path) -> None:
    random = np.random.default_rng(2)
    votes = np.zeros((60, 10), np.uint8)
    votes[np.arange(60), SEVEN[np.arange(60) % 7]] = 10
    np.savez(
        home / "data" / "rendered.npz",
        faces=random.integers(0, 255, (60, 48, 48)).astype(np.uint8),
        votes=votes,
        units=random.random((60, 3)).astype(np.float16),
        unit_names=np.array(["jawOpen", "browDown_L", "browDown_R"]),
    )
    more = ["--rendered-faces", str(home / "data" / "rendered.npz"), "--units-loss", "0.1", "--device", "cpu"]
    whole = train(home, "drawn", "--epochs", "2", *more)
    assert all(0 <= line["rendered"] <= 100 for line in whole)
    plain = train(home, "not-drawn", "--epochs", "2", "--device", "cpu")
    assert [line["loss"] for line in plain] != [line["loss"] for line in whole]
    assert train(home, "drawn-parts", "--epochs", "2", "--stop-after", "1", *more) == whole[:1]
    assert train(home, "drawn-parts", "--resume", "--device", "cpu") == whole


def test_at_the_end_the_held_out_rows_are_learnt_too(home: Path) -> None:
    done = converter("train", "--net", "tiny", "--run", "all", "--batch", "16", "--epochs", "1", "--all-rows")
    assert done.returncode == 0, done.stderr
    assert "10 batches of 16" in done.stderr


def test_what_has_learnt_the_held_out_rows_keeps_another_s_choices(home: Path, tmp_path: Path) -> None:
    train(home, "frozen", "--epochs", "1")
    train(home, "last", "--epochs", "1", "--all-rows")
    frozen, last = tmp_path / "frozen.tflite", tmp_path / "last.tflite"
    assert converter("convert", str(checkpoint(home, "frozen")), "--to", str(frozen)).returncode == 0
    to_last = "convert", str(checkpoint(home, "last")), "--to", str(last)
    refused = converter(*to_last)
    assert refused.returncode == 2
    assert "--chosen names the network whose choices hold" in refused.stderr
    assert not last.exists()
    done = converter(*to_last, "--chosen", str(frozen), "--version", "2")
    assert done.returncode == 0, done.stderr
    cards = [json.loads(path.with_suffix(".json").read_text()) for path in (frozen, last)]
    for told in ("temperature", "held_out"):
        assert cards[0][told] == cards[1][told]
    assert [card["training"]["rest"] for card in cards] == [cards[0]["training"]["rest"]] * 2
    assert "these, too, in the last run" in cards[1]["training_data"]
    anew = converter("convert", str(last), "--to", str(tmp_path / "anew.tflite"))
    assert anew.returncode == 2
    assert "has learnt the faces to choose on" in anew.stderr


def test_a_processor_that_is_not_there_is_refused_by_name(home: Path) -> None:
    done = converter("train", "--net", "tiny", "--run", "nowhere", "--device", "xpu")
    assert done.returncode == 2
    assert "--device xpu" in done.stderr


@pytest.mark.slow
def test_norms_that_are_frozen_stay_as_the_first_network_had_them(home: Path) -> None:
    train(home, "before", "--epochs", "1")
    begin = ["--epochs", "1", "--from", str(home / "runs" / "before" / "checkpoint.pt")]
    train(home, "frozen", *begin, "--frozen-norms")
    train(home, "free", *begin)
    before, frozen, free = (
        loaded(checkpoint(home, name))["average"]["stem_norm.running_mean"]
        for name in ("before", "frozen", "free")
    )
    assert torch.equal(before, frozen)
    assert not torch.equal(before, free)


@pytest.mark.slow
def test_patience_trains_a_teacher_and_both_pupils_and_goes_on_where_it_stopped(home: Path) -> None:
    short = ["--teachers", "1", "--teacher-epochs", "1", "--pupil-epochs", "2", "--device", "cpu"]
    command = ["patience", *short, "--", "--batch", "64"]
    done = converter(*command)
    assert done.returncode == 0, done.stderr
    runs = [home / "runs" / name for name in ("main-pupil", "tiny-pupil")]
    assert done.stdout.split() == [str(run / "checkpoint.pt") for run in runs]
    teacher = str(checkpoint(home, "teacher-1"))
    assert [loaded(run / "checkpoint.pt")["teachers"] for run in runs] == [[teacher], [teacher]]
    again = converter(*command)  # all is done: nothing begins anew
    assert (again.stdout, "train" in again.stderr) == (done.stdout, False)
    assert [len((run / "log.jsonl").read_text().splitlines()) for run in runs] == [2, 2]


def test_how_often_neutral_is_said_is_chosen_anew_for_a_shipped_file(home: Path, tmp_path: Path) -> None:
    """No weight moves, and one bias by as much as is told."""
    train(home, "tuned", "--epochs", "1")
    first, again = tmp_path / "first.tflite", tmp_path / "again.tflite"
    assert converter("convert", str(checkpoint(home, "tuned")), "--to", str(first)).returncode == 0
    other = json.loads(first.with_suffix(".json").read_text())
    other["training"]["rest"] -= 0.5  # as another rule had chosen
    first.write_bytes(tflite_file.with_bias(first, "logits", -0.5 * np.eye(7)[operating.NEUTRAL]))
    other["sha256"] = tflite_file.read(first).sha256
    first.with_suffix(".json").write_text(json.dumps(other))
    done = converter("convert", str(first), "--to", str(again), "--version", "2")
    assert done.returncode == 0, done.stderr
    card = json.loads(again.with_suffix(".json").read_text())
    before, after = (tflite_file.layers(path) for path in (first, again))
    assert all((before[name].kernel == after[name].kernel).all() for name in before)
    shift = after["logits"].bias - before["logits"].bias
    told = card["training"]["rest"] - other["training"]["rest"]
    assert told > 0
    assert shift[operating.NEUTRAL] == pytest.approx(told, abs=0.01)
    assert not np.delete(shift, operating.NEUTRAL).any()
