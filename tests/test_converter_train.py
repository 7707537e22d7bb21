"""From made-up faces to a file that the box runs: train, stop, resume, convert. Needs `.venv-train`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.emotion import Classifier
from converter import tflite_file
from converter.protocol import SEVEN

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-train" / "bin" / "python"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not PYTHON.exists(), reason="no .venv-train: make it and `pip install -e .[train]` there"
    ),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    return folder


def converter(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the converter in the training environment."""
    environment = {**os.environ, "MOODBOX_CACHE": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("MOODBOX_DATA", None)
    command = [str(PYTHON), "-m", "converter", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


def said_by(code: str, *arguments: Path) -> list[str]:
    """The words that a piece of code prints in the training environment."""
    done = subprocess.run(
        [PYTHON, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def train(home: Path, name: str, *more: str) -> list[dict[str, float]]:
    """Train the smallest net and give the lines of its log, without the time that each epoch took."""
    done = converter(home, "train", "--net", "tiny", "--run", name, "--batch", "32", *more)
    assert done.returncode == 0, done.stderr
    lines = (home / "runs" / name / "log.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def weights(home: Path, name: str) -> str:
    """A fingerprint of a checkpoint's averaged weights."""
    code = (
        "import hashlib, sys, torch; state = torch.load(sys.argv[1], weights_only=True)['average'];"
        "print(hashlib.sha256(b''.join(t.numpy().tobytes() for t in state.values())).hexdigest())"
    )
    path = home / "runs" / name / "checkpoint.pt"
    return subprocess.run([PYTHON, "-c", code, path], capture_output=True, text=True, check=True).stdout


def test_a_run_that_was_stopped_gives_the_same_network(home: Path) -> None:
    whole = train(home, "whole", "--epochs", "2")
    # Stopped after its first epoch: the one way to do that without a race is to say so.
    first = train(home, "parts", "--epochs", "2", "--stop-after", "1")
    assert first == whole[:1]
    assert weights(home, "parts") != weights(home, "whole")
    assert train(home, "parts", "--resume") == whole
    assert weights(home, "parts") == weights(home, "whole")


def test_faces_grow_in_the_course_of_a_run(home: Path) -> None:
    code = (
        "import numpy as np; from converter.recipe import Recipe, Targets; from converter.run import Run;"
        "nothing = Targets(*(np.zeros((1, 7), np.float32),) * 4, np.zeros(7, np.float32));"
        "run = Run(Recipe('tiny', epochs=10, growing=0.6), nothing, ());"
        "sizes = [run.size() for run.epoch in range(10)]; print(*sizes)"
    )
    assert said_by(code) == ["32"] * 3 + ["40"] * 3 + ["48"] * 4


def test_a_run_is_not_overwritten_by_accident(home: Path) -> None:
    train(home, "kept", "--epochs", "1")
    done = converter(home, "train", "--net", "tiny", "--run", "kept", "--epochs", "1")
    assert done.returncode == 2
    assert "--resume" in done.stderr


def test_a_checkpoint_of_another_version_s_network_is_refused(home: Path) -> None:
    train(home, "older", "--epochs", "1")
    path = home / "runs" / "older" / "checkpoint.pt"
    code = (
        "import sys, torch; state = torch.load(sys.argv[1], weights_only=True);"
        "state['average']['stem.weight'] = torch.zeros(20, 1, 5, 5); torch.save(state, sys.argv[1])"
    )
    subprocess.run([PYTHON, "-c", code, path], check=True)
    for command in (("convert", str(path)), ("train", "--run", "older", "--resume")):
        done = converter(home, *command)
        assert done.returncode == 2
        assert "a network that this version does not know" in done.stderr


def test_a_network_learns_from_all_its_teachers(home: Path) -> None:
    paths = []
    for name in ("one", "two", "three"):
        train(home, name, "--epochs", "1")
        paths.append(str(home / "runs" / name / "checkpoint.pt"))
    assert len(train(home, "pupil", "--epochs", "1", "--teacher", *paths[:2], "--teacher", paths[2])) == 1
    code = "import sys, torch; print(*torch.load(sys.argv[1], weights_only=True)['teachers'])"
    pupil = home / "runs" / "pupil" / "checkpoint.pt"
    assert said_by(code, pupil) == paths


def test_a_network_reads_a_face_and_its_mirror_image_alike(home: Path) -> None:
    code = (
        "import torch; from converter import net; torch.manual_seed(1); made = net.make('tiny');"
        "[torch.nn.init.normal_(block.norm2.weight) for block in made.blocks];"
        "faces = torch.rand(64, 1, 48, 48); made(faces); made.eval();"
        "both = [made(x)[0] for x in (faces, faces.flip(3))]; off = (both[0] - both[1]).abs().max();"
        "print(off.item(), both[0].std(0).min().item())"
    )
    off, between_faces = map(float, said_by(code))
    assert off < between_faces / 1000


def test_a_checkpoint_becomes_a_file_that_the_box_runs(home: Path, tmp_path: Path) -> None:
    train(home, "shipped", "--epochs", "1")
    target = tmp_path / "small.tflite"
    done = converter(home, "convert", str(home / "runs" / "shipped" / "checkpoint.pt"), "--to", str(target))
    assert done.returncode == 0, done.stderr
    assert tflite_file.read(target).sha256 == Classifier(target).card.sha256
    card = json.loads(target.with_suffix(".json").read_text())
    assert abs(card["held_out"]["maj7"] - card["held_out"]["maj7_float"]) <= 0.2
    assert card["accuracy"]["counts"]["maj7"] == 160


def test_a_shipped_file_is_enough_to_train_further(home: Path, tmp_path: Path) -> None:
    train(home, "first", "--epochs", "1")
    target = tmp_path / "first.tflite"
    done = converter(home, "convert", str(home / "runs" / "first" / "checkpoint.pt"), "--to", str(target))
    assert done.returncode == 0, done.stderr
    code = (
        "import sys, numpy as np; from pathlib import Path; from converter.checkpoint import predict, opened;"
        "faces = np.load(sys.argv[1])['faces']; both = [opened(Path(p), faces) for p in sys.argv[2:]];"
        "first, again = (predict(network, faces)[0] for network in both); print(np.abs(first - again).max())"
    )
    data = home / "data" / "fer_train.npz"
    both = [str(home / "runs" / "first" / "checkpoint.pt"), str(target)]
    said = subprocess.run(
        [PYTHON, "-c", code, data, *both], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert said.returncode == 0, said.stderr
    assert float(said.stdout) < 0.05
    train(home, "second", "--epochs", "1", "--from", str(target))
    refused = converter(
        home, "train", "--run", "third", "--net", "main", "--epochs", "1", "--from", str(target)
    )
    assert "main cannot begin with it (not a narrower network of the same depth)" in refused.stderr


def test_a_network_grows_out_of_a_narrower_one_without_forgetting(home: Path) -> None:
    code = (
        "import torch; from converter import net; torch.manual_seed(1);"
        "narrow, wide = (net.Net(net.Shape((8 * n, 8, 16 * n, 24 * n), (1, 1, 2, 1), 0.0)) for n in (1, 2));"
        "[torch.nn.init.normal_(block.norm2.weight) for block in narrow.blocks];"
        "faces = torch.rand(9, 1, 48, 48); narrow(faces); narrow.eval(); net.grow(wide, narrow); wide.eval();"
        "before, after = (made(faces)[0] for made in (narrow, wide)); after[:, 0].sum().backward();"
        "print((before - after).abs().max().item(), before.std(0).min().item());"
        "print(wide.votes.weight[:, 12:].any().item(), wide.votes.weight.grad[0, 12:].all().item())"
    )
    off, between_faces, heard, listening = said_by(code)
    assert float(off) < float(between_faces) / 1000
    assert (heard, listening) == ("False", "True")


def test_a_file_whose_kernels_have_a_side_is_refused(home: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from converter import rebuild, tflite_file;"
        "path = Path(sys.argv[2]); layers = tflite_file.layers(path);"
        "kernel = next(layer.kernel for name, layer in layers.items() if name.startswith('stem'));"
        "kernel[0, 0, 0, 0] += 1; tflite_file.layers = lambda _: layers;"
        "rebuild.network(path, np.load(sys.argv[1])['faces'])"
    )
    paths = [home / "data" / "fer_train.npz", ROOT / "models" / "emotion-tiny.tflite"]
    said = subprocess.run([PYTHON, "-c", code, *paths], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "emotion-tiny.tflite: cannot be trained further (its kernels are not beside" in said.stderr


@pytest.mark.parametrize("name", ["emotion", "emotion-tiny"])
def test_our_shipped_files_can_be_trained_further(home: Path, name: str) -> None:
    path = ROOT / "models" / f"{name}.tflite"
    code = (
        "import sys, numpy as np; from pathlib import Path; from converter.checkpoint import predict, opened;"
        "faces = np.load(sys.argv[1])['faces']; network = opened(Path(sys.argv[2]), faces);"
        "np.save(sys.argv[3], predict(network, faces[:50])[0])"
    )
    data, answers = home / "data" / "fer_train.npz", home / f"{name}.npy"
    subprocess.run([PYTHON, "-c", code, data, path, answers], cwd=ROOT, check=True)
    reads, faces = Classifier(path), np.load(data)["faces"][:50]
    shipped = np.stack([reads.logits(face) for face in faces])
    # The float network does not round what it passes on.
    assert np.abs(np.load(answers) - shipped).mean() < reads.card.output.scale


KERAS = """
import sys, keras
from keras import layers

def model(into, out):
    start = keras.Input(into)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, 2, activation="relu")(start))
    return keras.Model(start, layers.Dense(out, activation="softmax")(x))

model((48, 48, 1), 7).save(sys.argv[1] + "/grey.keras")
model((48, 48, 1), 7).save(sys.argv[1] + "/grey.h5")
model((64, 64, 3), 7).save(sys.argv[1] + "/colour.keras")
model((48, 48, 1), 8).save(sys.argv[1] + "/eight.keras")
model((48, 48, 1), 7).export(sys.argv[1] + "/saved")
"""
"""Networks as somebody would save their own."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Keras models, and one of faces to calibrate on."""
    folder = tmp_path_factory.mktemp("own")
    done = subprocess.run([PYTHON, "-c", KERAS, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
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
        home, "convert", str(own / name), "--faces", str(own / "faces"), "--to", str(target), "--low", "-1"
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
    done = converter(home, "convert", str(own / name), *given, "--to", str(target))
    assert done.returncode == 2, done.stderr
    assert words in done.stderr.splitlines()[-1]
    assert not target.exists()


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
    done = converter(
        home, "train", "--net", "tiny", "--run", "all", "--batch", "16", "--epochs", "1", "--all-rows"
    )
    assert done.returncode == 0, done.stderr
    assert "10 batches of 16" in done.stderr


def test_a_processor_that_is_not_there_is_refused_by_name(home: Path) -> None:
    done = converter(home, "train", "--net", "tiny", "--run", "nowhere", "--device", "xpu")
    assert done.returncode == 2
    assert "--device xpu" in done.stderr


def test_norms_that_are_frozen_stay_as_the_first_network_had_them(home: Path) -> None:
    train(home, "before", "--epochs", "1")
    begin = ["--epochs", "1", "--from", str(home / "runs" / "before" / "checkpoint.pt")]
    train(home, "frozen", *begin, "--frozen-norms")
    train(home, "free", *begin)
    code = (
        "import sys, torch; means = [torch.load(p, weights_only=True)['average']['stem_norm.running_mean']"
        " for p in sys.argv[1:]]; print(*(torch.equal(means[0], mean) for mean in means[1:]))"
    )
    paths = [home / "runs" / name / "checkpoint.pt" for name in ("before", "frozen", "free")]
    assert said_by(code, *paths) == ["True", "False"]


def test_patience_trains_a_teacher_and_both_pupils_and_goes_on_where_it_stopped(home: Path) -> None:
    short = ["--teachers", "1", "--teacher-epochs", "1", "--pupil-epochs", "2", "--device", "cpu"]
    command = ["patience", *short, "--", "--batch", "64"]
    done = converter(home, *command)
    assert done.returncode == 0, done.stderr
    runs = [home / "runs" / name for name in ("main-pupil", "tiny-pupil")]
    assert done.stdout.split() == [str(run / "checkpoint.pt") for run in runs]
    code = "import sys, torch; print(*torch.load(sys.argv[1], weights_only=True)['teachers'])"
    teacher = str(home / "runs" / "teacher-1" / "checkpoint.pt")
    assert [said_by(code, run / "checkpoint.pt") for run in runs] == [[teacher], [teacher]]
    again = converter(home, *command)  # all is done: nothing begins anew
    assert (again.stdout, "train" in again.stderr) == (done.stdout, False)
    assert [len((run / "log.jsonl").read_text().splitlines()) for run in runs] == [2, 2]
