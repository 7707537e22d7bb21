#!/usr/bin/env bash
# Change product files at random and see which changes no test notices:
# tests/bench/mutants.sh FILE... [--sample N] [--seed S]. Without a file: those of docs/testing.md.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_venv demo,page,mqtt,buttons,test,style
.venv/bin/python -c 'import cosmic_ray' 2>/dev/null || .venv/bin/python -m pip install -q 'cosmic-ray >= 8.7, < 9'
(($#)) || set -- appliance/brain/{mood,hours,music,programme,brain,loudness,aside,presence}.py \
    appliance/vision/listener.py appliance/player/fade.py appliance/state/choice.py
exec nice -n 19 .venv/bin/python tests/bench/mutants.py "$@"
