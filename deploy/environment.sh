# shellcheck shell=bash
# Sourced by deploy/try.sh, tests/run.sh and others: what both need on a fresh machine. Bash; runs at the project's root.

# shellcheck disable=SC2034 # tests/run.sh and tests/boot/python.sh use it
TEST_PACKAGES=(chromium fonts-noto-core mpd mpc mosquitto mosquitto-clients openssh-client openssl python3-venv shellcheck systemd git samba-common-bin)

# shellcheck disable=SC2034 # wheels.sh and release.sh use it
# What builds our wheel: pinned, because its version is written into it.
SETUPTOOLS=setuptools==80.9.0

say() { printf '== %s\n' "$*" >&2; }

fail() {
    printf 'moodbox: %s\n' "$*" >&2
    exit 1
}

# Install those of the named Debian packages that are missing. Asks nothing.
need_packages() {
    local package missing=()
    for package in "$@"; do
        dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]} with apt"
    local as_root=()
    if ((EUID)); then
        command -v sudo >/dev/null || fail "not root, and no sudo: run 'apt-get install ${missing[*]}' as root first"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >&2 </dev/null
}

# The first Python that is new enough, the distribution's own before others: apt's picamera2 is built for it.
find_python() {
    local python
    for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    fail "no Python 3.11 or newer with venv: 'apt-get install python3 python3-venv' on Debian 12 or newer"
}

# Make or renew .venv with the named extras. Does nothing when it has them and setup.cfg has not changed since.
need_venv() {
    local extras=$1 stamp=.venv/moodbox-stamp want
    want="$extras $(cat setup.cfg pyproject.toml | sha256sum)"
    # The environment of the tests has everything that the demo needs.
    if [[ -x .venv/bin/python && -f $stamp ]] && grep -qxF "$want" "$stamp"; then
        return 0
    fi
    if [[ ! -x .venv/bin/python ]]; then
        say "making the virtual environment .venv"
        local python options=()
        python=$(find_python)
        # On a Pi picamera2 is apt's, and only seen from the outside (picamera2 #341).
        "$python" -c 'import picamera2' 2>/dev/null && options=(--system-site-packages)
        "$python" -m venv --clear "${options[@]}" .venv
    fi
    say "installing Python packages into .venv (a minute or two the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extras]" >&2
    echo "$want" >>"$stamp"
}

# The face detector's file, checked by its hash. Without it the box falls back to a weaker one.
need_detector() {
    .venv/bin/python models/fetch.py >&2 || say "going on without it: OpenCV's Haar cascade finds faces instead"
}
