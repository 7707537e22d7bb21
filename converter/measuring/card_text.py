"""The words of the card; its numbers come from `card`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from appliance.protocol.emotions import EMOTIONS
from converter.measuring import peer
from converter.measuring.metrics import BINS, SELECTIVE_ACCURACY
from converter.measuring.room import WIDTHS

PROTOCOLS = {
    "orig": "the FER-2013 label; its labels are noisy: a perfect reader of FER+ scores about 63",
    "plur7": "the class with most of ten FER+ votes, contempt, unknown and not-a-face left out",
    "maj7": "single votes dropped, the winner holds more than half of what is left",
    "clear": "`plur7` where the winner got eight votes or more",
}
PAPER_CLASSES = {"happy": 0.883, "neutral": 0.85, "disgust": 0.724, "fear": 0.756}
"""What *Personalized Music Playlists Via Deep Learning Emotion Detection* says of its own network."""
PAPER_LOW_LIGHT = (10, 15)
"""Points that low light costs it, by its own words."""
USES = """It reads one face in a living room to choose music, on the box itself. A face is not a feeling: the
network says what a stranger would guess from a still picture, and the music should be easy to overrule.

It must not be used to judge, watch or select people. In the European Union the AI Act (Regulation (EU)
2024/1689, Article 5(1)(f)) forbids systems that infer emotions at work and in schools, save for medical and
safety reasons. It is no medical device."""
WEAKNESSES = """- Fear against surprise: they share wide eyes and an open mouth, and fear is rare in the data.
- Disgust: two dozen faces to report on. Read its interval, not its figure.
- Grey photographs from the web of 2013, many of them posed, actors and stock pictures among them. The face of
  a listener at rest is not one of them; `sensitivity` shifts the answer away from neutral.
- No demographic labels came with this data, so nothing can be said about fairness between groups of people.
- Faces turned far aside, half hidden, or smaller than some 60 pixels."""
DATA = """Trained on FER-2013 (Goodfellow et al., 2013, for a Kaggle contest; for research, no licence
stated) with the FER+ votes of ten raters a face (Barsoum et al., 2016; MIT licence), and on faces drawn from
ICT-FaceKit's morphable head (USC Institute for Creative Technologies; MIT licence). No face is in this
repository, and no network trained by others took part in training. Whatever was chosen (recipe, blend,
operating point, temperature) was chosen on the training rows divisible by ten, which were not trained
on{last}. The faces reported on here chose none of it; but the rule of version 1.2, that a difference within
one standard error is none, was written after their figures for a network that it keeps out had been seen."""
LAST = ", save in the last run, after every choice; what is said of held-out faces is version {chosen_by}'s"


def text(name: str, found: dict[str, Any]) -> str:
    """The whole card, Markdown. found: as `card.write` gathers it."""
    sections = [
        f"# The emotion network `{name}`",
        "Written by `python -m converter card`; do not edit. Every number was measured in that run.",
        _what(name, found),
        "## What it is for, and what not\n\n" + USES,
        "## Data\n\n" + _data(found["card"]["training"]),
        _accuracy(found),
        _classes(name, found),
        _calibration(name, found),
        _sensitivity(found),
        _drops(found),
        _frames(found),
        "## Known weaknesses\n\n" + WEAKNESSES,
        _again(found),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _what(name: str, found: dict[str, Any]) -> str:
    card, file = found["card"], found["file"]
    ends = card["input"], card["output"]
    rows = [
        ("file", f"`{name}.tflite`, version {card['version']}, {file.bytes:,} bytes, sha256 `{file.sha256}`"),
        ("cost", f"{file.macs / 1e6:.1f} million multiply-accumulates, {file.parameters:,} parameters"),
        ("input", f"int8 {ends[0]['shape']}, a grey face; pixel - 128"),
        (
            "output",
            f"int8 {ends[1]['shape']}, logits in steps of {ends[1]['scale']:.4f}; {', '.join(EMOTIONS)}",
        ),
        ("temperature", f"{card['temperature']:g}"),
    ]
    return _table(("", ""), rows)


def _data(made: dict[str, Any]) -> str:
    return DATA.format(last=LAST.format(**made) if "chosen_by" in made else "")


def _accuracy(found: dict[str, Any]) -> str:
    ours, without, theirs = found["ours"], found["ours"]["without_repeated"], found["peer"]
    heads = ["", "faces", "all", "without repeated"] + ([f"{peer.NAME} {peer.VERSION}"] if theirs else [])
    rows = []
    for key, words in PROTOCOLS.items():
        row = [
            f"`{key}`: {words}",
            ours["counts"][key] or "–",
            _share(ours[key]),
            _share(without and without[key]),
        ]
        rows.append(row + ([_share(theirs[key])] if theirs else []))
    for key, words in (
        ("macro_recall", "mean recall of the classes (`maj7`)"),
        ("macro_f1", "mean F1 of the classes (`maj7`)"),
        ("ece", f"calibration error ({BINS} bins, top class, `maj7`)"),
        ("selective", f"share kept at {100 * SELECTIVE_ACCURACY:.2f} % right, surest first"),
    ):
        row = [words, str(ours["counts"]["maj7"]), _share(ours[key]), _share(without and without[key])]
        rows.append(row + ([_share(theirs[key])] if theirs else []))
    held, made = found["card"].get("held_out", {}), found["card"].get("training", {})
    cost = ""
    if "maj7_float" in held or "quantization_cost" in made:
        lost = 100 * made.get("quantization_cost", held.get("maj7_float", 0.0) - held["maj7"])
        by = f"version {made['chosen_by']} " if "chosen_by" in made else ""
        before = ", before how often neutral is said was chosen anew" if "quantization_cost" in made else ""
        on = f"the {held['faces']} held-out faces{before}"
        cost = f"\n\nQuantization cost {by}{lost:.2f} points of `maj7` on {on}."
    return (
        "## Accuracy\n\nThe int8 file, through the box's own code, on FER-2013's PublicTest faces, per cent. "
        "Repeated faces have a byte-identical twin in the original training set, not trained on.\n\n"
        + _table(heads, rows)
        + cost
    )


def _classes(name: str, found: dict[str, Any]) -> str:
    rarest = max(found["sensitivity"], key=lambda row: row["macro_recall"])
    rows = [
        (
            emotion,
            row["faces"],
            _share(row["recall"]),
            f"{_share(row['low'])} to {_share(row['high'])}",
            _share(rarest["recall"][emotion]),
            _share(PAPER_CLASSES.get(emotion)),
        )
        for emotion, row in found["ours"]["classes"].items()
    ]
    heads = ("", "faces", "found", "interval", f"at sensitivity {rarest['sensitivity']:g}", "the paper's")
    return (
        "## By class\n\nRecall on `maj7`, with its 95 % interval (Wilson); the same at the sensitivity whose "
        "mean recall is highest; and what the paper that the box follows claims, where it names the class, "
        "on faces and by a protocol that it does not tell.\n\n"
        + _table(heads, rows)
        + f"\n\n![Confusion matrix](pictures/{name}-confusion.svg)"
    )


def _calibration(name: str, found: dict[str, Any]) -> str:
    return (
        "## How sure it is\n\n"
        f"![Reliability diagram](pictures/{name}-reliability.svg) "
        f"![Risk and coverage](pictures/{name}-coverage.svg)"
    )


def _sensitivity(found: dict[str, Any]) -> str:
    rows = [
        (
            f"{row['sensitivity']:g}",
            _share(row["maj7"]),
            _share(row["macro_recall"]),
            _share(row["neutral"]),
            _share(row["ece"]),
        )
        for row in found["sensitivity"]
    ]
    return (
        "## Sensitivity\n\n"
        "The setting takes this share of the training data's class prior out of the answer: fewer "
        "faces are called neutral, more rare emotions are found, and more of those are wrong.\n\n"
        + _table(("sensitivity", "`maj7`", "mean recall", "called neutral", "calibration error"), rows)
    )


def _drops(found: dict[str, Any]) -> str:
    clean = found["drops"]["as they are"]
    heads = ["", "ours", "drop"] + ([peer.NAME, "drop"] if peer.NAME in clean else [])
    rows = []
    for name, row in found["drops"].items():
        cells = [name]
        for who in ("ours", peer.NAME):
            if who in row:
                cells += [_share(row[who]), f"{100 * (clean[who] - row[who]):.1f}"]
        rows.append(cells)
    return (
        "## Light and noise\n\n"
        "`maj7`, per cent, with each change made to the crops (`converter/measuring/drops.py` is the "
        "protocol), and the points lost by it. The paper that the box follows loses "
        f"{PAPER_LOW_LIGHT[0]} to {PAPER_LOW_LIGHT[1]} points in low light, which it does not define.\n\n"
        + _table(heads, rows)
    )


def _frames(found: dict[str, Any]) -> str:
    ours = found["frames"]
    if ours is None:
        return ""
    rows = []
    for place, measured in (("as they are", ours), ("in a room", found["in a room"])):
        for who, row in (("ours", measured), (f"{peer.NAME} {peer.VERSION}", measured.get(peer.NAME))):
            if row:
                interval = f"{_share(row['low'])} to {_share(row['high'])}"
                shares = (_share(row["right"]), interval, _share(row["balanced"]), _share(row["found"]))
                rows.append((place, who, *shares))
    widths = ", ".join(map(str, WIDTHS))
    return (
        f"## Whole photographs\n\n"
        f"{ours['count']} photographs, detector ({ours['detector']}) and crop included; a face that is not "
        "found is wrong. As they are, faces fill them. In a room, each is pasted into a frame of 640x480, "
        f"the face {widths} pixels wide in turns. The crop's margin was chosen on these photographs.\n\n"
        + _table(("", "", "right", "interval", "mean recall", "faces found"), rows)
    )


def _again(found: dict[str, Any]) -> str:
    made = found["card"].get("training", {})
    return (
        "## How to make it again\n\n```\npython -m converter data fer2013.csv fer2013new.csv\n"
        "python -m converter train\n"
        "python -m converter convert ~/.cache/moodbox/runs/main/checkpoint.pt\npython -m converter evaluate\n"
        "python -m converter card\n```\n\n"
        + (
            f"This file: {_recipe(made)}. Labels head blended in at {made['blend']:g}, "
            f"prior shifted by {made['shift']:g}, {made.get('rest', 0):g} added to neutral{_weights(made)}."
            if "recipe" in made
            else f"Converted from {made.get('source', 'a model')}."
        )
    )


def _recipe(made: dict[str, Any]) -> str:
    """The settings of a run, with those of the run that it went on from; all are options of `train`."""
    settings = ", ".join(f"{key} {value}" for key, value in made["recipe"].items())
    taught = f", taught by {made['teachers']} of our own networks" if made.get("teachers") else ""
    drawn = ", rendered faces in each batch" if made.get("rendered") else ""
    words = f"{made['epochs_done']} epochs of {settings}{taught}{drawn}"
    return f"{_recipe(made['before'])}; then, `--from` that, {words}" if made.get("before") else words


def _weights(made: dict[str, Any]) -> str:
    other = made.get("weights_of")
    return f"; {100 * other['share']:g} % of each weight are those of {other['file']}" if other else ""


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])
