"""How long the networks of `converter patience` are trained. Training itself: test_converter_train."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from converter import places
from converter.training import patience


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> patience.Step:
    """A run that has done two epochs, the last one in 10 s."""
    monkeypatch.setenv("MOODBOX_CACHE", str(tmp_path))
    made = patience.Step("one", 40)
    places.run("one").mkdir(parents=True)
    lines = [json.dumps({"epoch": number, "seconds": seconds}) for number, seconds in ((1, 30.0), (2, 10.0))]
    (places.run("one") / "log.jsonl").write_text("\n".join(lines))
    return made


@pytest.mark.parametrize(
    ("left_s", "epochs"), [(math.inf, 40), (10_000, 40), (patience.START_S + 105, 12), (5, 2), (-100, 2)]
)
def test_a_run_is_as_long_as_its_time(step: patience.Step, left_s: float, epochs: int) -> None:
    assert patience.length(step, left_s) == epochs


def test_the_pupils_hear_every_teacher() -> None:
    teachers, pupils = patience.stages(patience.Plan(teachers=3))
    heard = [str(patience.checkpoint(teacher)) for teacher in teachers]
    assert len(heard) == len({step.told for step in teachers}) == 3
    assert [step.told[-4:] for step in pupils] == [("--teacher", *heard)] * 2
    assert all("--teacher" not in step.told for step in patience.stages(patience.Plan(teachers=0))[1])
