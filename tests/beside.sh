#!/usr/bin/env bash
# What takes one core at most, and waits for much of its time: tests/run.sh runs it beside all that comes before the
# whole suite, whose tests want both cores.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
export MOODBOX_PATIENCE=4
tests/training.sh -m "not slow"
printf '== %s\n' "the installed box, booted; and a Pi's processor" >&2
tests/boot/run.sh
