"""The card for people is written from measured numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from converter.__main__ import main
from converter.measuring import drops

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "emotion.tflite"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The card of the shipped network, measured on a few made-up faces."""
    folder = tmp_path_factory.mktemp("models")
    for suffix in (".tflite", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), folder)
    random = np.random.default_rng(1)
    votes = np.zeros((14, 10), np.uint8)
    votes[np.arange(14), np.arange(14) % 7] = 9
    faces = random.integers(0, 256, (14, 48, 48)).astype(np.uint8)
    np.savez(folder / "valid.npz", faces=faces, votes=votes, repeated=np.arange(14) < 2)
    assert main(["card", "--model", str(folder / SHIPPED.name), "--valid", str(folder / "valid.npz")]) == 0
    return folder / "emotion.md"


def test_it_names_the_file_it_measured(card: Path) -> None:
    words = card.read_text(encoding="utf-8")
    described = json.loads(card.with_suffix(".json").read_text())
    assert described["sha256"] in words
    assert f"{described['bytes']:,} bytes" in words


def test_it_has_every_section_and_no_gap(card: Path) -> None:
    words = card.read_text(encoding="utf-8")
    sections = ("AI Act", "Known weaknesses", "Sensitivity", "By class", "fairness", "licence")
    for part in (*sections, *drops.DROPS):
        assert part in words
    assert "None" not in words
    assert "nan" not in words.split()


def test_its_pictures_are_there(card: Path) -> None:
    words = card.read_text(encoding="utf-8")
    drawn = sorted(path.name for path in (card.parent / "pictures").iterdir())
    assert drawn == ["emotion-confusion.svg", "emotion-coverage.svg", "emotion-reliability.svg"]
    assert all(f"pictures/{name}" in words for name in drawn)


def test_the_papers_classes_stand_beside_ours(card: Path) -> None:
    rows = [line.split("|") for line in card.read_text(encoding="utf-8").splitlines()]
    told = {row[1].strip(): row[-2].strip() for row in rows if len(row) == 8}
    assert told["happy"] == "88.3"
    assert told["fear"] == "75.6"
    assert told["angry"] == "–"  # of which it says nothing
