# shellcheck shell=bash
# Sourced by run.sh: real Home Assistant cores, installed once and kept outside the repository. Bash.
#
# A core is a folder in the cache, and its `.root` says in which root it lives, if in any. Each runs on a Python of this
# machine that suits it, else in the root of the Debian that has one.

CORES=${MOODBOX_CACHE:-$HOME/.cache/moodbox}/homeassistant
# The oldest that is known to work, and the newest that there was: newest.sh moves it.
readonly OLDEST=2024.3.3 NEWEST=2026.11.0
readonly -A SUITE=(["$OLDEST"]=bookworm ["$NEWEST"]=forky)
# What it runs on, of Python: at least this, below that.
readonly -A PYTHON=(["$OLDEST"]='(3, 11) <= v < (3, 12)' ["$NEWEST"]='(3, 14, 2) <= v < (3, 15)')
# josepy 2 took away what acme, which 2024.3.3 wants, is built on.
readonly -A BESIDE=(["$OLDEST"]='josepy<2' ["$NEWEST"]='')
HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# Install the core of this version where it is missing: up to ten minutes, once.
need_core() {
    local version=$1 root='' python want
    want=$(sha256sum <"$HERE/requirements.py")
    [[ -f $CORES/$version.ok && $(<"$CORES/$version.ok") == "$want" ]] && return 0
    mkdir -p "$CORES"
    if ! python=$(own_python "$version"); then
        need_packages debootstrap
        root=$(need_root "${SUITE[$version]}") python=/usr/bin/python3
    fi
    say "installing Home Assistant $version (up to ten minutes, once)"
    [[ -z $root ]] || mkdir -p "$root$CORES"
    printf '%s' "$root" >"$CORES/$version.root"
    inside "$version" "$python" -m venv "$CORES/$version"
    install_into "$version" "homeassistant==$version"
    cp "$HERE/requirements.py" "$root$CORES/$version/"
    inside "$version" "$CORES/$version/bin/python" "$CORES/$version/requirements.py" >"$root$CORES/$version/needed.txt"
    install_into "$version" --constraint "$(package_folder "$version")/package_constraints.txt" \
        --requirement "$CORES/$version/needed.txt"
    printf '%s\n' "$want" >"$CORES/$version.ok"
}

# Run a command where the core of this version lives: here, or in its root (which shares our network).
inside() {
    local root
    root=$(<"$CORES/$1.root")
    shift
    if [[ $root ]]; then chroot "$root" "$@"; else "$@"; fi
}

install_into() {
    local version=$1
    shift
    # shellcheck disable=SC2086
    inside "$version" "$CORES/$version/bin/python" -m pip install --quiet --disable-pip-version-check wheel \
        ${BESIDE[$version]:+"${BESIDE[$version]}"} "$@" >&2
}

package_folder() {
    inside "$1" "$CORES/$1/bin/python" -c 'import homeassistant; print(*homeassistant.__path__)'
}

# A Python of this machine that the version runs on.
own_python() {
    local wanted=${PYTHON[$1]} python
    for python in /usr/bin/python3 python3.11 python3.13 python3.14; do
        if "$python" -c "import sys, venv, ensurepip; v = sys.version_info; sys.exit(not $wanted)" 2>/dev/null; then
            command -v "$python"
            return 0
        fi
    done
    return 1
}

# debootstrap's script for a suite: that of sid for one that is younger than our debootstrap.
script_of() {
    local scripts=/usr/share/debootstrap/scripts
    if [[ -e $scripts/$1 ]]; then printf '%s\n' "$scripts/$1"; else printf '%s\n' "$scripts/sid"; fi
}

# A Debian root with what building a core's packages takes; its path on stdout.
need_root() {
    local suite=$1 root=$CORES/root-$1
    if [[ ! -d $root ]]; then
        ((EUID == 0)) || fail "a Debian root is made by root only: run this with sudo"
        say "building a Debian '$suite' root with debootstrap (about three minutes, once)"
        rm -rf "$root.new"
        debootstrap --variant=minbase --include=python3,python3-venv,python3-dev,gcc,g++,ca-certificates \
            "$suite" "$root.new" http://deb.debian.org/debian "$(script_of "$suite")" >"$CORES/debootstrap-$suite.log" 2>&1 ||
            fail "debootstrap failed: $(tail -n 1 "$CORES/debootstrap-$suite.log")"
        mv "$root.new" "$root"
    fi
    # Our names and trust are the root's: it shares this machine's network.
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    printf '%s\n' "$root"
}
