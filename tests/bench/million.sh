#!/usr/bin/env bash
# Let a million steps of anything happen to a simulated box: tests/bench/million.sh [STEPS [FIRST SEED]].
# 2.5 ms of processor time each, on two cores. What fails is shown with the fewest steps that lead to it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
STEPS=${1:-1000000} SEED=${2:-1000} exec nice -n 19 tests/run.sh -q -n 2 tests/service/test_any_events.py
