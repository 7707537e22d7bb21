"""Print what `evaluate` found, for people."""

from __future__ import annotations

from typing import Any

FIGURES = {
    "orig": "orig: the FER-2013 label",
    "plur7": "plur7: most of ten votes",
    "maj7": "maj7: over half of the votes",
    "clear": "clear: eight votes or more",
    "macro_recall": "mean recall of the classes",
    "macro_f1": "mean F1 of the classes",
    "ece": "calibration error",
    "selective": "kept at 88.74 % right",
    "right": "photographs right",
    "balanced": "mean recall on photographs",
    "found": "faces found",
}


def table(found: dict[str, Any]) -> str:
    """Lines of text: a figure each, in per cent, ours and what stands beside it."""
    columns = {"ours": found}
    if found.get("without_repeated"):
        columns["no repeats"] = found["without_repeated"]
    if found.get("fer"):
        columns["fer"] = found["fer"]
    lines = [" " * 32 + "".join(f"{name:>12}" for name in columns)]
    for key, text in FIGURES.items():
        if any(column.get(key) is not None for column in columns.values()):
            lines.append(f"{text:32}" + "".join(_cell(column.get(key)) for column in columns.values()))
    for emotion, row in (found.get("classes") or {}).items():
        if row["recall"] is not None:
            low, high = 100 * row["low"], 100 * row["high"]
            lines.append(
                f"{emotion:32}{100 * row['recall']:11.1f}%  ({low:.0f} to {high:.0f}; {row['faces']} faces)"
            )
    for name, count in (found.get("counts") or {}).items():
        lines.append(f"faces of {name}: {'none' if count is None else count}")
    return "\n".join(lines)


def _cell(share: float | None) -> str:
    return f"{'-':>12}" if share is None else f"{100 * share:11.1f}%"
