"""`moodbox bench` measures what the service runs; how fast that is, no test judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.cli import bench
from appliance.errors import ModelError


def test_it_prints_every_figure_and_the_same_as_json_on_the_last_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert bench.run(as_json=True) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    assert set(figures) == {*bench.ROWS, "over_bare"}
    assert all(figure > 0 for figure in figures.values())
    for what in bench.ROWS.values():
        assert any(what in line for line in lines)


def test_without_a_network_it_says_which(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"emotion\.tflite|face_detector\.tflite"):
        bench.run(models=tmp_path)
