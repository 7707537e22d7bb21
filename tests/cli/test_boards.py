"""What is expected of a Raspberry Pi: the same in the document, in `moodbox bench` and in its arithmetic."""

from pathlib import Path

from appliance.cli import bench, boards

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pi.md"


def test_the_document_has_the_table_that_bench_prints() -> None:
    text = PAGE.read_text(encoding="utf-8").split("<!-- table -->")[1].split("<!-- /table -->")[0]
    assert text.strip() == "\n".join(boards.table(bench.ROWS))


def test_time_is_instructions_over_instructions_a_cycle_and_cycles() -> None:
    least, most = boards.Board("a core", 2.0, (0.5, 1.0)).expected_ms("first_ms")
    assert (least, most) == (41.9 / 2.0, 41.9)


def test_what_was_measured_stands_beside_what_is_expected() -> None:
    measured = dict.fromkeys(boards.PLAIN, 1.25)
    head, _, *rows = boards.table(bench.ROWS, measured)
    assert "here, ms" in head
    assert all("| 1.25 |" in row for row in rows)
    assert len(rows) == len(boards.PLAIN)
