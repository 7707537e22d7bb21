"""`python -m converter evaluate` and `compare`, as one would use them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from appliance.machine.machine import cache_folder
from appliance.protocol.emotions import EMOTIONS
from appliance.protocol.looks import Box, Face, Frame
from converter import places
from converter.__main__ import main
from converter.errors import BadInput
from converter.measuring import evaluate, frames, peer, photographs
from converter.measuring.faces_file import Faces
from converter.measuring.room import WIDTHS, furnish

KEYS = {"orig", "plur7", "maj7", "clear", "macro_recall", "macro_f1", "ece", "selective", "counts"}
FACES = np.random.default_rng(1).integers(0, 256, (12, 48, 48)).astype(np.uint8)
LABEL = np.arange(12, dtype=np.uint8) % 7
VOTES = np.zeros((12, 10), np.uint8)
VOTES[:, 1] = 9


def save(path: Path, **arrays: np.ndarray) -> str:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The object on the last line that `evaluate --json` prints."""
    assert main(["evaluate", "--json", *arguments]) == 0
    out = capsys.readouterr().out
    assert out.endswith("}\n")
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def answers(*classes: int) -> np.ndarray:
    """Probabilities, 0.7 for each of these classes."""
    rows = np.full((len(classes), 7), 0.05)
    rows[np.arange(len(classes)), classes] = 0.7
    return rows


def test_all_arrays_give_all_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repeated = np.arange(12) < 3
    path = save(tmp_path / "f.npz", faces=FACES, label=LABEL, votes=VOTES, repeated=repeated)
    found = run(capsys, "--data", path)
    assert found.keys() >= KEYS | {"without_repeated"}
    assert found["without_repeated"].keys() >= KEYS
    assert found["counts"] == {"orig": 12, "plur7": 12, "maj7": 12, "clear": 12}
    assert found["without_repeated"]["counts"]["maj7"] == 9
    assert all(0 <= found[key] <= 1 for key in KEYS - {"counts"})


def test_labels_alone_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--data", save(tmp_path / "f.npz", faces=FACES, label=LABEL))
    assert found["plur7"] is found["maj7"] is found["clear"] is None
    assert found["orig"] is not None
    assert found["macro_recall"] is not None
    assert found["without_repeated"] is None


def test_votes_alone_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "--data", save(tmp_path / "f.npz", faces=FACES, votes=VOTES))
    assert found["orig"] is None
    assert found["maj7"] is not None


def test_faces_alone_have_nothing_to_be_measured_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(capsys, "--data", save(tmp_path / "f.npz", faces=FACES))
    assert [found[key] for key in ("orig", "plur7", "maj7", "clear", "macro_recall", "ece")] == [None] * 6


def test_classes_not_asked_for_are_not_answered() -> None:
    faces = Faces(faces=FACES[:3], label=np.array([0, 3, 6], np.uint8))
    everything = evaluate.score(answers(6, 3, 6), faces, None)
    assert everything["orig"] == pytest.approx(2 / 3, abs=1e-4)
    # Neutral may not be answered: the first face goes to the best of the rest, the third does not count.
    given = answers(6, 3, 6)
    given[0, 0] = 0.1
    found = evaluate.score(given, faces, ("angry", "happy"))
    assert found["orig"] == 1
    assert found["counts"]["orig"] == 2


def test_each_class_has_an_interval() -> None:
    faces = Faces(faces=FACES[:2], label=np.array([1, 1], np.uint8))
    row = evaluate.score(answers(1, 3), faces, None)["classes"]["disgust"]
    assert row["recall"] == 0.5
    assert row["low"] < 0.1
    assert row["high"] > 0.9


def test_without_json_it_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--data", save(tmp_path / "f.npz", faces=FACES, votes=VOTES)]) == 0
    out = capsys.readouterr().out
    assert "maj7" in out
    assert "happy" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "none.npz"], "none.npz: no such file"),
        (["--frames", "none.zip"], "none.zip: no such folder"),
        (["--model", "none.tflite"], "none.tflite: there is no such file"),
    ],
)
def test_bad_input_is_one_line_and_status_two(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


MAIN, TINY = (str(places.MODELS / name) for name in ("emotion.tflite", "emotion-tiny.tflite"))


def test_two_networks_are_compared_on_the_held_out_faces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = np.arange(12, dtype=np.int32) * 5  # every other one is held out
    path = save(tmp_path / "f.npz", faces=FACES, votes=VOTES, row=row)
    assert main(["compare", MAIN, TINY, "--data", path]) == 0
    first, second, alone, verdict = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{MAIN}: maj7 ")
    assert second.startswith(f"{TINY}: maj7 ")
    assert alone.endswith("of 6 faces")
    assert verdict.startswith("the second is worth ")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"label": LABEL, "row": np.arange(12)}, "no held-out face has a majority"),
        ({"votes": VOTES * 0, "row": np.arange(12)}, "no held-out face has a majority"),
        ({"votes": VOTES, "row": np.arange(1, 10)[[*range(9), 0, 1, 2]]}, "no held-out face has a majority"),
        ({"votes": VOTES}, "has no array 'row'"),
    ],
)
def test_what_cannot_be_compared_by_is_refused(
    arrays: dict[str, np.ndarray], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "f.npz", faces=FACES, **arrays)
    assert main(["compare", MAIN, TINY, "--data", path]) == 2
    assert words in capsys.readouterr().err


def test_an_unknown_emotion_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "--only", "angry,smug"])
    assert stopped.value.code == 2
    assert "no emotion smug" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(
    not (cache_folder() / "peers" / f"{peer.NAME}-{peer.VERSION}" / "ready").exists(),
    reason=f"no environment for {peer.NAME} yet: run 'python -m converter evaluate --peer fer' once",
)
def test_the_peer_is_measured_on_the_same_faces(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "f.npz", faces=FACES, label=LABEL, votes=VOTES)
    found = run(capsys, "--data", path, "--peer", "fer")
    assert found["fer"].keys() >= KEYS
    assert found["fer"]["counts"] == found["counts"]


class OneFace:
    """A detector that sees one face wherever the picture is bright."""

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        return [Face(Box(20, 20, 60, 60), 0.9)] if frame.grey.mean() > 100 else []

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


class AlwaysHappy:
    """A classifier that has one answer."""

    def probabilities(self, face: np.ndarray) -> tuple[float, ...]:
        assert face.shape == (48, 48)
        return tuple(0.94 if emotion == "happy" else 0.01 for emotion in EMOTIONS)


def picture(path: Path, grey: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((120, 160, 3), grey, np.uint8))
    return path


def test_a_picture_goes_through_detector_crop_and_network(tmp_path: Path) -> None:
    seen = frames.read(picture(tmp_path / "a.png", 200), OneFace(), AlwaysHappy())  # type: ignore[arg-type]
    assert seen is not None
    assert seen.argmax() == EMOTIONS.index("happy")


def test_no_face_is_no_answer(tmp_path: Path) -> None:
    assert frames.read(picture(tmp_path / "a.png", 0), OneFace(), AlwaysHappy()) is None  # type: ignore[arg-type]


def test_a_face_that_is_not_found_is_wrong() -> None:
    given = answers(3, 3, 0)
    given[1] = 0
    found = frames.score(given, np.array([3, 3, 0]))
    assert (found["right"], found["found"]) == (
        pytest.approx(2 / 3, abs=1e-4),
        pytest.approx(2 / 3, abs=1e-4),
    )
    assert found["balanced"] == pytest.approx((0.5 + 1) / 2)


def test_pictures_come_from_folders_and_zips_alike(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    picture(folder / "happy" / "001.jpg", 200)
    picture(folder / "sad" / "001.jpg", 200)
    picture(folder / "other" / "001.jpg", 200)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in folder.rglob("*.jpg"):
            archive.write(path, path.relative_to(folder))
    for source in (folder, tmp_path / "photos.zip"):
        with photographs.unpacked(source) as where:
            assert [EMOTIONS[emotion] for _, emotion in photographs.listed(where)] == ["happy", "sad"]


def test_what_holds_no_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no LABEL"):
        photographs.listed(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(BadInput, match="neither a folder"), photographs.unpacked(tmp_path / "a.zip"):
        pass
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(BadInput, match="not a picture"):
        frames.read(tmp_path / "a.jpg", OneFace(), AlwaysHappy())  # type: ignore[arg-type]


class MiddleFace:
    """A detector that sees a quarter of any picture as a face; a photograph is padded to twice its width."""

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        width = frame.grey.shape[1] / 4
        return [Face(Box(0, 0, width, width), 0.9)]

    def again(self, frame: Frame, face: Face) -> float:
        return face.score


class Doubtful:
    """A detector that is never quite sure of its face, which the box believes after some looks."""

    def find(self, frame: Frame, region: Box | None = None) -> list[Face]:
        return [Face(Box(200, 100, 150, 150), 0.7)]

    def again(self, frame: Frame, face: Face) -> float:
        return 0.7


def test_a_still_is_looked_at_until_the_box_would_believe_its_face(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), np.full((480, 640, 3), 90, np.uint8))
    classifier = evaluate.classifier(places.MODELS / "emotion-tiny.tflite")
    assert frames.read(tmp_path / "one.png", Doubtful(), classifier) is not None


def test_photographs_are_pasted_into_a_room_with_faces_of_every_width(tmp_path: Path) -> None:
    for number in range(4):
        picture(tmp_path / "photos" / "happy" / f"{number}.jpg", 255)
    furnish(tmp_path / "photos", tmp_path / "room", MiddleFace())
    written = [emotion for _, emotion in photographs.listed(tmp_path / "room")]
    assert written == [EMOTIONS.index("happy")] * 4
    for number, width in enumerate(WIDTHS):
        seen = cv2.imread(str(tmp_path / "room" / "happy" / f"{number}.png"))
        assert seen is not None
        assert seen.shape == (480, 640, 3)
        # A photograph twice as wide as its face is all white; the room is not.
        assert (seen == 255).all(axis=2).any(axis=0).sum() == pytest.approx(2 * width, abs=1)


def test_a_face_that_no_detector_finds_is_pasted_all_the_same(tmp_path: Path) -> None:
    picture(tmp_path / "photos" / "sad" / "1.jpg", 50)
    furnish(tmp_path / "photos", tmp_path / "room", OneFace())
    assert [path.name for path, _ in photographs.listed(tmp_path / "room")] == ["1.png"]
