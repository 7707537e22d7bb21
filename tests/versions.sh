#!/usr/bin/env bash
# The quick part of the suite at the edges of the supported range: the lowest versions with tflite-runtime
# (Python 3.11), and Debian 13's Python 3.13 in a root of its own.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

lowest() {
    local python=.venv/bin/python stamp=.venv-lowest/moodbox-stamp want
    if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
        say "lowest versions: skipped, tflite-runtime needs Python 3.11"
        return 0
    fi
    want=$(cat setup.cfg pyproject.toml tests/lowest.py | sha256sum)
    if ! grep -qsxF "$want" "$stamp"; then
        say "installing the lowest supported versions into .venv-lowest"
        "$python" -m venv --clear .venv-lowest
        "$python" tests/lowest.py >.venv-lowest/constraints.txt
        .venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check \
            --constraint .venv-lowest/constraints.txt --editable '.[demo,page,mqtt,buttons,tflite-runtime,test]' >&2
        .venv-lowest/bin/python -m pip uninstall --quiet --yes ai-edge-litert
        echo "$want" >"$stamp"
    fi
    say "tests, quick part, with the lowest versions and tflite-runtime"
    .venv-lowest/bin/python -m pytest -q "${ABREAST[@]}" -m 'not slow' -p no:cacheprovider
}

lowest
tests/boot/python.sh trixie 3.13
