"""Faces drawn from a morphable head: what they say they show, that they can be drawn again, bad input.

The head here is a ball with the real one's counts of vertices: the real one is not in the project.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.protocol.emotions import EMOTIONS
from converter.__main__ import main
from converter.errors import BadInput
from converter.measuring import faces_file, protocol
from converter.render import build, face, mesh, picture
from converter.render.expression import ACTIONS, POSES, RESTING, Expression, Poser
from converter.render.recording import SIZE, Act, Sitter
from converter.training import rendered_file

pytestmark = pytest.mark.slow
"""No box draws faces: once, on the newest versions, is enough."""

ROOT = Path(__file__).resolve().parents[2]
SHAPES = sorted(
    {name for action in ACTIONS.values() for name in action} | {"eyeLookIn", "eyeLookOut", "eyeLookUp"}
)
MIDDLE = {"jawOpen", "mouthFunnel", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"}
NAMES = tuple(own for name in SHAPES for own in ((name,) if name in MIDDLE else (f"{name}_L", f"{name}_R")))


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ball as large as a head, with its vertices in rings; every expression moves some of them."""
    path = tmp_path_factory.mktemp("mesh") / "ball.npz"
    rings, each = 160, 166
    turn = np.arange(rings * each) % each * (2 * np.pi / each)
    height = np.linspace(-0.99, 0.99, rings).repeat(each)
    across = np.sqrt(1 - height**2)
    ball = np.column_stack((9 * across * np.sin(turn), 14 * height, 11 * across * np.cos(turn)))
    at = np.arange((rings - 1) * each)
    triangles = np.concatenate(
        (np.column_stack((at, at + 1, at + each)), np.column_stack((at + 1, at + each + 1, at + each)))
    )
    mean = np.zeros((mesh.VERTICES, 3), np.float32)
    mean[: len(ball)] = ball
    expressions = np.zeros((len(NAMES), mesh.VERTICES, 3), np.float16)
    for number in range(len(NAMES)):
        expressions[number, number * 300 : number * 300 + 300, 1] = 1
    np.savez_compressed(
        path,
        mean=mean,
        identities=np.zeros((100, mesh.VERTICES, 3), np.float16),
        expressions=expressions,
        expression_names=np.array(NAMES),
        triangles=triangles.astype(np.int32),
    )
    return path


def test_every_shape_that_a_pose_needs_is_told_in_the_file(head: Path, tmp_path: Path) -> None:
    assert main(["data", "--mesh", str(head), "--to", str(tmp_path), "--count", "12"]) == 0
    path = tmp_path / build.FILE
    faces = faces_file.load(path)
    assert faces.votes is not None
    assert faces.label is not None
    assert len(faces) == 12
    assert np.array_equal(protocol.soft_targets(faces.votes).argmax(1), faces.label)
    assert faces.faces.std() > 10  # something is drawn
    learnt, held_out = rendered_file.load(path)
    assert len(learnt.faces) + len(held_out.faces) == 12
    assert learnt.units.shape[1] == len(SHAPES)
    assert 0 <= learnt.units.min() <= learnt.units.max() <= 1


def test_a_longer_file_begins_with_the_faces_of_a_shorter_one(head: Path, tmp_path: Path) -> None:
    ball, said = mesh.load(head), list[str]()
    build.build(ball, 3, 7, tmp_path / "short.npz", said.append)
    build.build(ball, 5, 7, tmp_path / "long.npz", said.append)
    short, long = faces_file.load(tmp_path / "short.npz"), faces_file.load(tmp_path / "long.npz")
    assert np.array_equal(short.faces, long.faces[:3])
    build.build(ball, 3, 8, tmp_path / "other.npz", said.append)
    assert not np.array_equal(short.faces, faces_file.load(tmp_path / "other.npz").faces)


def test_what_a_face_does_changes_its_picture(head: Path) -> None:
    ball = mesh.load(head)
    rest = np.zeros(len(NAMES), np.float32)
    moved = rest.copy()
    moved[NAMES.index("jawOpen")] = 1
    pictures = [
        face.anybody(ball, Expression(units, np.zeros(7)), np.random.default_rng(3)).astype(int)
        for units in (rest, rest, moved)
    ]
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_pose_is_told_as_what_it_shows_and_a_faint_one_as_neutral(emotion: str) -> None:
    poser, random = Poser(NAMES), np.random.default_rng(1)
    drawn = [poser.draw(emotion, random) for _ in range(200)]
    shares = np.stack([one.shares for one in drawn])
    assert np.allclose(shares.sum(1), 1)
    assert shares.mean(0).argmax() == EMOTIONS.index(emotion)
    if emotion != "neutral":
        moves = np.array([one.units.sum() for one in drawn])
        neutral = shares[:, EMOTIONS.index("neutral")]
        faint, strong = moves < np.quantile(moves, 0.25), moves > np.quantile(moves, 0.75)
        assert neutral[faint].mean() > neutral[strong].mean()


def test_a_face_at_rest_does_little_but_no_two_do_the_same() -> None:
    poser, random = Poser(NAMES), np.random.default_rng(1)
    units = np.stack([poser.draw("neutral", random).units for _ in range(50)])
    assert len(np.unique(units, axis=0)) == 50
    for action, most in RESTING.items():
        for name, share in ACTIONS[action].items():
            if not name.startswith("eye"):
                at = [
                    number
                    for number, own in enumerate(NAMES)
                    if own.removesuffix("_L").removesuffix("_R") == name
                ]
                assert units[:, at].max() <= max(2 * share * rest for rest in (most, max(RESTING.values())))


def test_a_recording_tells_where_the_face_is_and_what_it_does_when(head: Path) -> None:
    sitter = Sitter(mesh.load(head), 1, Act("happy", 1.0, 2.0))
    shots = list(sitter.shots(4, 2))
    assert [shot.at_s for shot in shots] == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    assert [shot.strength for shot in shots] == [0, 0, 0, 1, 1, 0, 0, 0]
    assert all(shot.grey.shape == SIZE for shot in shots)
    boxes = [shot.box for shot in shots]
    assert all(box.left >= 0 and box.left + box.width <= SIZE[1] for box in boxes)
    assert len({box.left for box in boxes}) == len(boxes)  # nobody sits quite still
    again = [shot.grey for shot in Sitter(mesh.load(head), 1, Act("happy", 1.0, 2.0)).shots(4, 2)]
    assert all(np.array_equal(one.grey, two) for one, two in zip(shots, again, strict=True))


def test_a_drawing_that_is_shown_twice_has_noise_of_its_own(head: Path) -> None:
    first, second = (shot.grey.astype(int) for shot in Sitter(mesh.load(head), 2).shots(1, 2, drawn_every=2))
    assert 0 < np.abs(first - second).mean() < 6


def test_the_bench_of_recordings_prints_what_it_measured(head: Path) -> None:
    bench = [sys.executable, str(ROOT / "tests" / "bench" / "recordings.py"), "--mesh", str(head), "--json"]
    few = ["--posed", "1", "--resting", "1", "--seconds", "2", "--sensitivity", "0", "0.5"]
    done = subprocess.run([*bench, *few], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["recordings"], figures["looks"]) == (2, 55 + 5)
    assert figures["found"] == 0  # nobody takes a ball for a face
    assert figures["sensitivity 0"]["false changes"] == figures["sensitivity 0.5"]["false changes"] == 0


def test_a_picture_may_have_any_size() -> None:
    seen = picture.View(np.eye(3), 100.0, 40.0, np.array([0.25, -0.1]), np.array([0.0, 0.0, 1.0]), 1, 0, 0)
    steps = np.arange(-1.2, 1.3, 0.4)
    around = np.array([[x, y, 0.0] for y in steps for x in steps])
    points, towards = picture.MIDDLE + around, np.tile([0.0, 0.0, 1.0], (len(around), 1))
    one, none = np.ones(len(around)), np.zeros(len(around))
    drawn = picture.shoot(points, towards, one, none, none > 0, seen, np.zeros((30, 60), np.float32))
    assert np.argwhere(drawn).mean(0) == pytest.approx([9, 45], abs=1)
    assert not np.delete(drawn, slice(6, 13), 0).any()
    assert picture.background(np.random.default_rng(1), (30, 60)).shape == (30, 60)


def test_poses_are_made_of_known_actions() -> None:
    assert set(POSES) == set(EMOTIONS) - {"neutral"}
    assert {action for poses in POSES.values() for pose in poses for action in pose} <= set(ACTIONS)


def test_a_sheet_has_a_row_for_each_emotion(head: Path, tmp_path: Path) -> None:
    to = tmp_path / "sheet.png"
    assert main(["data", "--mesh", str(head), "--sheet", str(to)]) == 0
    picture = cv2.imread(str(to), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (7 * face.SIDE, build.SHEET * face.SIDE)


def test_a_file_that_is_no_head_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.npz: no such file"):
        mesh.load(tmp_path / "nowhere.npz")
    (tmp_path / "text.npz").write_text("no head")
    with pytest.raises(BadInput, match=r"text\.npz: not the mesh"):
        mesh.load(tmp_path / "text.npz")
    other = {
        name: np.zeros((2, 3))
        for name in ("mean", "identities", "triangles", "expressions", "expression_names")
    }
    np.savez(tmp_path / "other.npz", **other)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"other\.npz: array 'mean' has shape \(2, 3\)"):
        mesh.load(tmp_path / "other.npz")


def test_faces_that_only_name_an_emotion_are_learnt_beside_others(head: Path, tmp_path: Path) -> None:
    build.build(mesh.load(head), 10, 7, tmp_path / "own.npz", list[str]().append)
    with np.load(tmp_path / "own.npz") as own:
        shapes = {name: own[name] for name in ("units", "unit_names", "faces")}
    named = {"label_names": np.array(["fear", "angry"]), "label": np.arange(10, dtype=np.uint8) % 2}
    np.savez(tmp_path / "named.npz", **shapes, **named)  # type: ignore[arg-type]
    learnt, held_out = rendered_file.load(tmp_path / "own.npz", tmp_path / "named.npz")
    assert (len(learnt.faces), len(held_out.faces)) == (9 + 5, 1)  # its fear is not believed
    angry = EMOTIONS.index("angry")
    assert learnt.votes[9:, angry].tolist() == pytest.approx([rendered_file.SEEN] * 5)
    shapes |= {"units": shapes["units"][:, :2], "unit_names": np.array(["jawOpen", "noseSneer"])}
    np.savez(tmp_path / "named.npz", **shapes, **named)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="different meshes"):
        rendered_file.load(tmp_path / "own.npz", tmp_path / "named.npz")


def test_photographs_are_no_rendered_faces(tmp_path: Path) -> None:
    np.savez(tmp_path / "photos.npz", faces=np.zeros((3, 48, 48), np.uint8))
    with pytest.raises(BadInput, match="not a file of rendered faces"):
        rendered_file.load(tmp_path / "photos.npz")


def test_data_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data"]) == 2
    assert "--mesh" in capsys.readouterr().err
