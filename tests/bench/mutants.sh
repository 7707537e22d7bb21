#!/usr/bin/env bash
# Change product files at random and see which changes no test notices:
# tests/bench/mutants.sh FILE... [--sample N] [--seed S]. Without a file: many of the rooms that decide.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_venv demo,page,mqtt,buttons,test,style
.venv/bin/python -c 'import cosmic_ray' 2>/dev/null || .venv/bin/python -m pip install -q 'cosmic-ray >= 8.7, < 9'
(($#)) || set -- appliance/{brain,state,taste}/*.py appliance/vision/listener.py appliance/player/{fade,whose,queue,standstill}.py
exec nice -n 19 .venv/bin/python tests/bench/mutants.py "$@"
