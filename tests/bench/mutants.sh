#!/usr/bin/env bash
# Change product files at random and see which changes no test notices, or try every change of a line:
# tests/bench/mutants.sh FILE[:LINE]... [--sample N] [--seed S]. Without a file: all of the rooms that decide.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_venv demo,page,mqtt,buttons,test,style
[[ $* == *.py* ]] || set -- appliance/{brain,state,taste,player,vision,protocol,service,coach,web/auth}/[!_]*.py "$@"
exec nice -n 10 .venv/bin/python tests/bench/mutants.py "$@"
