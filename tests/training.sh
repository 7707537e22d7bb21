#!/usr/bin/env bash
# What trains and converts networks, tried small, in an environment of its own: PyTorch and TensorFlow are large
# (2.6 GB), and never on a box. An environment that somebody made for training is taken as it is. Arguments go to
# pytest: tests/run.sh leaves out what is slow.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

# For processors alone: with what graphics cards want it would be 5 GB more. PyTorch's own index has it.
TORCH=torch==2.13.0+cpu
pip=(.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --no-compile)
stamp=.venv-train/moodbox-stamp
want=$(cat setup.cfg tests/training.sh | sha256sum)

if [[ ! -e .venv-train || -e $stamp && $(<"$stamp") != "$want" ]]; then
    say "installing PyTorch and TensorFlow into .venv-train"
    # Whenever this is interrupted, none is there, or one whose stamp says that it is not made yet.
    rm -rf .venv-train.old
    [[ ! -e .venv-train ]] || mv .venv-train .venv-train.old
    rm -rf .venv-train.old
    mkdir .venv-train
    : >"$stamp"
    "$(find_python)" -m venv .venv-train
    if ! "${pip[@]}" "$TORCH" >&2; then
        say "skipped, what trains networks: pip finds no $TORCH (see pytorch.org for its index)"
        exit 0
    fi
    "${pip[@]}" --editable '.[train]' pytest pytest-timeout hypothesis >&2
    echo "$want" >"$stamp"
fi
say "tests of what trains networks"
.venv-train/bin/python -m pytest -q -p no:cacheprovider tests/converter/test_train.py "$@"
