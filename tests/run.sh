#!/usr/bin/env bash
# Run every test: sets up what they need, then style, types and the whole suite. Arguments go to pytest instead
# of the whole suite (`tests/run.sh tests/brain/test_mood.py -k dwell`).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

need_packages "${TEST_PACKAGES[@]}"
need_venv demo,page,mqtt,buttons,test,style,client
need_detector
need_ear

if (($#)); then
    exec .venv/bin/pytest "$@"
fi
# Not the environment's wish: a test starts our programs some hundred times, and each would compile them anew.
unset PYTHONDONTWRITEBYTECODE
say "style"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
# Other processors have no wheel of it.
[[ ! -x .venv/bin/biome ]] || .venv/bin/biome ci --error-on-warnings
find deploy tests .ci -type f \( -name '*.sh' -o -path .ci/run \) -print0 |
    xargs -0 shellcheck --external-sources --exclude=SC2079 # 0.9 takes a version as an array's key for arithmetic
say "types"
.venv/bin/mypy
say "holes: in our own code (bandit), and known ones in what boxes install (pip-audit)"
.venv/bin/bandit --quiet --recursive appliance converter deploy models -ll
.venv/bin/python tests/audit.py
beside=$(mktemp -d) lanes=()
# In the background, and in a session of its own, so that all of it ends with us: start NAME COMMAND...
start() {
    setsid "${@:2}" &>"$beside/$1" &
    lanes+=($!)
}
leave() {
    for lane in "${lanes[@]}"; do
        kill -- "-$lane" 2>/dev/null || true
    done
    wait
    rm -r "$beside"
}
trap leave EXIT
# What a fresh machine lacks for Debian 13 takes minutes, mostly of the network. Not earlier: what reads the whole
# tree stumbles over what is just being built.
start prepared tests/boot/python.sh trixie 3.13 --version
tests/training.sh -m "not slow"
wait "${lanes[0]}" || true # what hinders it will be told in its turn
# The box that boots takes one core at most, and waits for much of its time; the whole suite's tests want both cores.
start booted env MOODBOX_PATIENCE=4 tests/boot/run.sh
tests/versions.sh
say "what ran beside them: the installed box, booted; and a Pi's processor"
status=0
wait "${lanes[1]}" || status=$?
cat "$beside/booted"
((status == 0)) || exit "$status"
trap - EXIT
rm -r "$beside"
say "tests"
# Three abreast: among the slow ones are browsers and tests of load, which work.
exec .venv/bin/pytest -n 3 --dist loadgroup
