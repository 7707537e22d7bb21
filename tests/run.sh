#!/usr/bin/env bash
# Run every test: sets up what they need, then style, types and the whole suite. Arguments go to pytest instead
# of the whole suite (`tests/run.sh tests/test_mood.py -k dwell`).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

need_packages mpd mpc mosquitto mosquitto-clients openssl python3-venv
need_venv demo,page,mqtt,buttons,test
need_detector

if (($#)); then
    exec .venv/bin/pytest "$@"
fi
say "style"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
say "types"
.venv/bin/mypy
tests/versions.sh
say "tests"
exec .venv/bin/pytest -n 2 --dist loadgroup
