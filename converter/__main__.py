"""Make, convert and measure the emotion network, and the head for music.

A command's own options: python -m converter COMMAND --help
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from pathlib import Path

from appliance.protocol.emotions import EMOTIONS
from converter import places
from converter.errors import BadInput
from converter.music import commands as music
from converter.training import patience
from converter.training.recipe import Recipe

SHIPPED = places.MODELS / "emotion.tflite"


def say(line: str) -> None:
    """Progress, at once, beside a result on stdout."""
    print(line, file=sys.stderr, flush=True)


def add_data(commands: argparse._SubParsersAction) -> None:
    """Add the command `data` and its options to the parser."""
    data = commands.add_parser(
        "data", help="build the training files from fer2013.csv and fer2013new.csv, or draw faces"
    )
    data.set_defaults(do=run_data)
    data.add_argument("faces", type=Path, nargs="?", help="fer2013.csv: emotion, pixels, Usage")
    data.add_argument(
        "votes", type=Path, nargs="?", help="fer2013new.csv of FER+: Usage, Image name, ten votes"
    )
    data.add_argument("--to", type=Path, help="folder for the .npz files (default: where train looks)")
    drawn = data.add_argument_group("rendered faces")
    drawn.add_argument("--mesh", type=Path, help="ICT-FaceKit's morphable head (.npz), to draw faces from")
    drawn.add_argument("--count", type=int, default=8000, help="faces to draw (default: %(default)s)")
    drawn.add_argument("--seed", type=int, default=1, help="of all that is random (default: %(default)s)")
    drawn.add_argument("--sheet", type=Path, help="only draw a picture with some of each emotion, to look at")


def run_data(options: argparse.Namespace) -> None:
    """Build the files of faces."""
    if options.mesh:
        from converter.render import build as rendering
        from converter.render.mesh import load

        mesh, folder = load(options.mesh), options.to or places.data()
        if options.sheet:
            rendering.sheet(mesh, options.seed, options.sheet)
        else:
            rendering.build(mesh, options.count, options.seed, folder / rendering.FILE, say)
        return
    if options.votes is None:
        raise BadInput("data: name fer2013.csv and fer2013new.csv, or a head to draw faces from with --mesh")
    from converter.data import build

    build(options.faces, options.votes, options.to or places.data(), say)


def add_train(commands: argparse._SubParsersAction) -> None:
    """`train` and its options; those of `Recipe` are named as its fields."""
    train = commands.add_parser("train", help="train a network; --resume goes on with an interrupted run")
    train.set_defaults(do=run_train)
    train.add_argument("--data", type=Path, help="training faces (.npz with faces, votes, label, row)")
    train.add_argument("--run", help="name of the run (default: that of the net)")
    train.add_argument("--resume", action="store_true", help="go on where the run stopped, as it was set")
    train.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help="checkpoints or .tflite files of ours to learn from",
    )
    train.add_argument(
        "--from", type=Path, dest="begin", help="a checkpoint or .tflite file of ours to begin with"
    )
    train.add_argument(
        "--stop-after", type=int, metavar="EPOCHS", help="do so many now; --resume goes on later"
    )
    train.add_argument(
        "--rendered-faces",
        type=Path,
        nargs="+",
        default=[],
        help="files of 'data --mesh', or others of that mesh, to learn from as well",
    )
    train.add_argument(
        "--device", default="auto", help="what computes: cpu, cuda, or auto (default: %(default)s)"
    )
    train.add_argument("--threads", type=int, default=2, help="processor threads (default: 2)")
    for field in dataclasses.fields(Recipe):
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            train.add_argument(flag, action="store_true", default=None)
        else:
            train.add_argument(flag, type=type(field.default), help=f"(default: {field.default})")


def run_train(options: argparse.Namespace) -> None:
    """Train, saying a line for each epoch."""
    # Threads that wait for each other by spinning burnt six times the work on a busy machine; asleep, none.
    # Read when PyTorch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from converter.training.train import Sitting, train

    torch.set_num_threads(options.threads)
    given = {field.name: getattr(options, field.name) for field in dataclasses.fields(Recipe)}
    recipe = Recipe(**{name: value for name, value in given.items() if value is not None})
    data = options.data or places.data() / "fer_train.npz"
    folder = places.run(options.run or recipe.net)
    length = options.epochs if options.resume else None
    sitting = Sitting(
        data,
        folder,
        options.resume,
        tuple(options.teacher),
        options.begin,
        options.stop_after,
        tuple(options.rendered_faces),
        options.device,
        length,
    )
    print(train(sitting, recipe, say))


def add_convert(commands: argparse._SubParsersAction) -> None:
    """Add the command `convert` and its options to the parser."""
    convert = commands.add_parser("convert", help="make an int8 .tflite file and its card of a network")
    convert.set_defaults(do=run_convert)
    convert.add_argument(
        "source",
        type=Path,
        help="a checkpoint.pt of ours; a .tflite of ours, to choose anew how often neutral is said; or a "
        "Keras .keras, .h5, SavedModel",
    )
    convert.add_argument("--to", type=Path, default=SHIPPED, help="(default: %(default)s)")
    convert.add_argument("--data", type=Path, help="training faces; held-out rows choose the operating point")
    convert.add_argument("--valid", type=Path, help="faces for the card's accuracy")
    convert.add_argument("--version", default="1", help="of the model, for its card (default: %(default)s)")
    convert.add_argument("--interpolate", type=Path, help="a network of ours that has a share in each weight")
    convert.add_argument("--share", type=float, default=0.25, help="that share (default: %(default)s)")
    convert.add_argument(
        "--chosen", type=Path, help="for a run with --all-rows: the network of ours whose choices hold"
    )
    own = convert.add_argument_group("your own Keras model")
    own.add_argument("--faces", type=Path, help="folder of face pictures to calibrate on")
    own.add_argument("--labels", type=emotions, default=EMOTIONS, help="its classes in order (default: ours)")
    own.add_argument("--low", type=float, default=0.0, help="what it takes black as (default: 0)")
    own.add_argument("--high", type=float, default=1.0, help="what it takes white as (default: 1)")


def run_convert(options: argparse.Namespace) -> None:
    """Convert a checkpoint and write the card beside it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow says pages otherwise
    data = options.data or places.data() / "fer_train.npz"
    valid = options.valid or places.data() / "fer_valid.npz"
    if options.source.suffix == ".tflite":
        from converter.training.retune import retune

        retune(options.source, data, valid, options.to, options.version, say)
        return
    if options.source.suffix == ".pt":
        from converter.training.convert import Interpolation, convert

        between = Interpolation(options.interpolate, options.share) if options.interpolate else None
        convert(options.source, data, valid, options.to, options.version, say, between, options.chosen)
        return
    from converter.training.foreign import Own, convert_own

    own = Own(options.source, options.labels, options.low, options.high)
    convert_own(own, options.faces, options.data, options.valid, options.to, options.version, say)


def add_evaluate(commands: argparse._SubParsersAction) -> None:
    """Add the command `evaluate` and its options to the parser."""
    evaluate = commands.add_parser("evaluate", help="measure a model file through the appliance's own rooms")
    evaluate.set_defaults(do=run_evaluate)
    evaluate.add_argument("--data", type=Path, help="faces (.npz with faces, and votes and/or label)")
    evaluate.add_argument("--frames", type=Path, help="folder or .zip of whole photographs, LABEL/NNN.jpg")
    evaluate.add_argument(
        "--in-room", action="store_true", help="paste them into frames of a room, faces 60 to 200 pixels wide"
    )
    evaluate.add_argument("--model", type=Path, default=SHIPPED, help="(default: %(default)s)")
    evaluate.add_argument("--detector", type=Path, default=places.MODELS / "face_detector.tflite")
    evaluate.add_argument("--only", type=emotions, help="comma-separated emotions; others are not answered")
    evaluate.add_argument("--sensitivity", type=float, default=0.0, help="0 to 1, as the box's own setting")
    evaluate.add_argument("--peer", choices=["fer"], help="measure this package on the same pictures")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run_evaluate(options: argparse.Namespace) -> None:
    """Measure a network and print its figures."""
    from converter.measuring.measure import measure
    from converter.measuring.table import table

    found = measure(options, say)
    print(json.dumps(found, allow_nan=False) if options.json else table(found))


def add_card(commands: argparse._SubParsersAction) -> None:
    """Add the command `card` and its options to the parser."""
    card = commands.add_parser("card", help="measure everything and write the model's card, NAME.md")
    card.set_defaults(do=run_card)
    card.add_argument("--model", type=Path, default=SHIPPED, help="(default: %(default)s)")
    card.add_argument("--valid", type=Path, help="faces to report on (.npz)")
    card.add_argument("--frames", type=Path, help="folder or .zip of whole photographs, LABEL/NNN.jpg")
    card.add_argument("--detector", type=Path, default=places.MODELS / "face_detector.tflite")
    card.add_argument("--peer", choices=["fer"], help="measure this package beside ours")


def run_card(options: argparse.Namespace) -> None:
    """Measure a network and write its card."""
    from converter.measuring.card import write

    valid = options.valid or places.data() / "fer_valid.npz"
    print(write(options.model, valid, options.frames, options.detector, options.peer, say))


def add_compare(commands: argparse._SubParsersAction) -> None:
    """Add the command `compare` and its options to the parser."""
    compare = commands.add_parser("compare", help="say whether a model file is worth more than another")
    compare.set_defaults(do=run_compare)
    compare.add_argument("first", type=Path, help="the .tflite file that there is")
    compare.add_argument("second", type=Path, help="the one that might replace it")
    compare.add_argument("--data", type=Path, help="training faces; the held-out rows are read")


def run_compare(options: argparse.Namespace) -> None:
    """Compare two networks and print what the second is worth more."""
    from converter.measuring.compare import compare

    print(compare(options.first, options.second, options.data or places.data() / "fer_train.npz"))


def emotions(text: str) -> tuple[str, ...]:
    """A comma-separated list of emotions, checked."""
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [name for name in names if name not in EMOTIONS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"no emotion {', '.join(unknown)}; use {', '.join(EMOTIONS)}")
    return names


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when done, 2 when something given cannot be used."""
    how = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m converter", description=__doc__, formatter_class=how)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_data, add_train, patience.add, add_convert, add_evaluate, add_card, add_compare):
        add(commands)
    music.add(commands, say)
    options = parser.parse_args(arguments)
    try:
        options.do(options)
    except BadInput as error:
        print(f"converter: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
