"""The training files out of a made-up miniature of the public csv files, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from converter.__main__ import main
from converter.data import build
from converter.errors import BadInput
from converter.measuring import faces_file
from converter.measuring.protocol import VOTE_NAMES

HAPPY = [0, 9, 0, 0, 0, 0, 0, 0, 1, 0]
ROWS = [  # grey level of the face, label, Usage, image name, votes
    (10, "3", "Training", "a.png", HAPPY),
    (20, "4", "Training", "b.png", HAPPY),  # its twin is in PublicTest
    (30, "6", "Training", "", [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),  # no face, says FER+
    (40, "0", "Training", "d.png", HAPPY),  # its twin is in PrivateTest
    (50, "", "Training", "e.png", HAPPY),  # nobody labelled it
    (20, "4", "PublicTest", "f.png", HAPPY),
    (60, "1", "PublicTest", "g.png", HAPPY),
    (40, "0", "PrivateTest", "h.png", HAPPY),
]


def write(folder: Path, rows: list = ROWS) -> tuple[Path, Path]:
    faces, votes = folder / "fer2013.csv", folder / "fer2013new.csv"
    pixels = [" ".join([str(grey)] * 2303 + ["255"]) for grey, *_ in rows]
    lines = [f"{row[1]},{grey},{row[2]}" for row, grey in zip(rows, pixels, strict=True)]
    faces.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    lines = [f"{row[2]},{row[3]},{','.join(map(str, row[4]))}" for row in rows]
    votes.write_text("\n".join([f"Usage,Image name,{','.join(VOTE_NAMES)}", *lines]) + "\n")
    return faces, votes


@pytest.fixture
def built(tmp_path: Path) -> Path:
    build(*write(tmp_path), tmp_path, lambda line: None)
    return tmp_path


def test_training_loses_twins_and_what_is_no_face(built: Path) -> None:
    faces = faces_file.load(built / "fer_train.npz")
    assert faces.faces[:, 0, 0].tolist() == [10, 50]
    assert faces.row is not None
    assert faces.row.tolist() == [0, 4]
    assert faces.repeated is not None
    assert not faces.repeated.any()


def test_labels_keep_their_order_and_unknown_ones_say_so(built: Path) -> None:
    faces = faces_file.load(built / "fer_train.npz")
    assert faces.label is not None
    assert faces.label.tolist() == [3, 255]


def test_validation_says_which_faces_were_repeated(built: Path) -> None:
    faces = faces_file.load(built / "fer_valid.npz")
    assert faces.repeated is not None
    assert faces.repeated.tolist() == [True, False]
    assert faces.votes is not None
    assert faces.votes.tolist() == [HAPPY, HAPPY]


def test_pixels_stand_row_by_row(built: Path) -> None:
    face = faces_file.load(built / "fer_train.npz").faces[0]
    assert face[47, 47] == 255
    assert (face.ravel()[:-1] == 10).all()


def test_the_files_have_the_types_and_names_of_their_readme(built: Path) -> None:
    with np.load(built / "fer_train.npz") as archive:
        kinds = {name: (str(archive[name].dtype), archive[name].shape[1:]) for name in archive}
    wanted = {name: (str(dtype), shape) for name, (dtype, shape) in faces_file.ARRAYS.items()}
    assert wanted.items() <= kinds.items()
    assert {"vote_names", "label_names"} <= kinds.keys()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda faces, votes: votes.unlink(), "No such file"),
        (lambda faces, votes: votes.write_text("a,b\n1,2\n"), "no column Usage"),
        (
            lambda faces, votes: votes.write_text("\n".join(votes.read_text().splitlines()[:3])),
            "ends before line 4",
        ),
        (
            lambda faces, votes: faces.write_text(faces.read_text().replace("10 10", "10 300", 1)),
            "csv:2: pixels",
        ),
        (
            lambda faces, votes: faces.write_text(faces.read_text().replace("10 10", "10", 1)),
            "csv:2: 2303 pixels",
        ),
        (lambda faces, votes: faces.write_text(faces.read_text().replace("Training", "Other", 1)), "Usage"),
        (
            lambda faces, votes: votes.write_text(votes.read_text().replace(",9,", ",nine,", 1)),
            "csv:2: votes",
        ),
    ],
)
def test_a_broken_csv_is_one_clear_line(tmp_path: Path, spoil, words: str) -> None:  # type: ignore[no-untyped-def]
    faces, votes = write(tmp_path)
    spoil(faces, votes)
    with pytest.raises(BadInput, match=words):
        build(faces, votes, tmp_path, lambda line: None)


def test_the_command_builds_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces, votes = write(tmp_path)
    assert main(["data", str(faces), str(votes), "--to", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "fer_test.npz",
        "fer_train.npz",
        "fer_valid.npz",
    ]


GOOD = np.zeros((2, 48, 48), np.uint8)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"votes": np.zeros((2, 10), np.uint8)}, "no array 'faces'"),
        ({"faces": np.zeros((2, 48, 47), np.uint8)}, r"shape \(2, 48, 47\)"),
        ({"faces": np.zeros((0, 48, 48), np.uint8)}, "no face at all"),
        ({"faces": GOOD, "votes": np.zeros((3, 10), np.uint8)}, "3 entries for 2 faces"),
        ({"faces": GOOD, "votes": np.zeros((2, 8), np.uint8)}, "'votes' has shape"),
        ({"faces": GOOD + 0.5}, "float64 and does not fit"),
        ({"faces": GOOD, "label": np.array([0, 300])}, "'label' is int64"),
    ],
)
def test_an_npz_that_does_not_fit_is_one_clear_line(tmp_path: Path, arrays: dict, words: str) -> None:
    np.savez(tmp_path / "faces.npz", **arrays)
    with pytest.raises(BadInput, match=words):
        faces_file.load(tmp_path / "faces.npz")


def test_whole_numbers_of_another_type_are_taken_as_they_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "faces.npz", faces=GOOD.astype(np.int64), label=np.array([1, 255]))
    loaded = faces_file.load(tmp_path / "faces.npz")
    assert loaded.faces.dtype == np.uint8
    assert loaded.label is not None
    assert loaded.label.dtype == np.uint8


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "faces.npz").write_bytes(b"")
    with pytest.raises(BadInput, match="not a readable"):
        faces_file.load(tmp_path / "faces.npz")
    with pytest.raises(BadInput, match="no such file"):
        faces_file.load(tmp_path / "none.npz")


def test_every_tenth_row_is_held_out() -> None:
    faces = faces_file.Faces(faces=np.zeros((21, 48, 48), np.uint8), row=np.arange(21, dtype=np.int32))
    learnt, held_out = faces_file.split(faces, Path("faces.npz"))
    assert held_out.row is not None
    assert held_out.row.tolist() == [0, 10, 20]
    assert len(learnt) == 18


def test_without_rows_nothing_can_be_held_out() -> None:
    with pytest.raises(BadInput, match="no array 'row'"):
        faces_file.split(faces_file.Faces(faces=GOOD), Path("faces.npz"))
