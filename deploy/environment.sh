# shellcheck shell=bash
# Sourced by deploy/try.sh, tests/run.sh and others: what both need on a fresh machine. Bash; runs at the project's root.

# shellcheck disable=SC2034 # tests/run.sh and tests/boot/python.sh use it
TEST_PACKAGES=(chromium ffmpeg fonts-noto-core mpd mpc mosquitto mosquitto-clients openssh-client openssl python3-venv shellcheck strace systemd git samba-common-bin)

# shellcheck disable=SC2034 # tests/versions.sh and tests/boot/python.sh use it
# More than cores: most quick tests wait for an MPD, a broker or a browser, and work a quarter of their time (docs/testing.md).
ABREAST=(-n 5 --dist loadgroup)

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
    command -v apt-get >/dev/null || {
        say "no apt here; these must have been installed another way: $*"
        return 0
    }
    for package in "$@"; do
        dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]} with apt"
    local as_root=()
    if (($(id -u))); then
        command -v sudo >/dev/null || fail "not root, and no sudo: run 'apt-get install ${missing[*]}' as root first"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq || say "going on with the lists of packages that are there"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}" >&2 </dev/null ||
        fail "apt could not install ${missing[*]}, see above; is there a network? Then run this again"
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

# Make or renew .venv with the named extras. Does nothing when it has them and nothing has changed since.
need_venv() {
    local extras=$1 stamp=.venv/moodbox-stamp state
    state=$(state_of_venv)
    # The environment of the tests has everything that the demo needs.
    grep -qs "^$state $extras\(,\|$\)" "$stamp" && return 0
    if ! venv_works; then
        say "making the virtual environment .venv"
        local python options=()
        python=$(find_python)
        # On a Pi picamera2 is apt's, and only seen from the outside (picamera2 #341).
        "$python" -c 'import picamera2' 2>/dev/null && options=(--system-site-packages)
        "$python" -m venv --clear "${options[@]}" .venv
    fi
    say "installing Python packages into .venv (a minute or two the first time)"
    .venv/bin/python -m pip install --disable-pip-version-check --editable ".[$extras]" |
        sed -un 's/^ *\(Downloading\|Installing collected\)/   \1/p' >&2 ||
        fail "pip could not install the packages, see above; is there a network? Then run this again"
    echo "$(state_of_venv) $extras" >>"$stamp"
}

# What the environment was made for: a checkout that was moved, or a Python that was upgraded, needs another.
state_of_venv() {
    { pwd; .venv/bin/python -V || true; cat setup.cfg pyproject.toml; } 2>&1 | sha256sum | cut -d ' ' -f 1
}

# Not half made, not of a checkout that was moved, not of a Python that was upgraded.
venv_works() {
    grep -qsF "$PWD/.venv/bin/python" .venv/bin/pip && .venv/bin/python -m pip --version &>/dev/null
}

# The face detector's file, checked by its hash. Without it the box falls back to a weaker one.
need_detector() {
    .venv/bin/python models/fetch.py >&2 || say "going on without it: OpenCV's Haar cascade finds faces instead"
}

# The second ear's network, converted from its package. Without it songs are heard by our own features alone.
need_ear() {
    .venv/bin/python -m converter music fetch >&2 || say "going on without the second ear"
}
