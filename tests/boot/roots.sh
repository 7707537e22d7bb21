# shellcheck shell=bash
# Sourced by the scripts beside it: bare Debian roots, kept outside the repository, used at the project's root.
#
# A root is built once by debootstrap and never changed; what a test does to it goes into a layer above it.

CACHE=${MOODBOX_CACHE:-$HOME/.cache/moodbox}
ROOTS=$CACHE/roots
# What Raspberry Pi OS Lite has too; everything else is the installer's business.
BARE=systemd,systemd-sysv,dbus,udev,kmod,python3,ca-certificates

# Say why this cannot run here, and end without failing: the words stand in the log of every run.
skip() {
    printf '%s: SKIPPED: %s\n' "${0##*/}" "$*"
    exit "${SKIPPED:-0}"
}

# What these scripts run on, where we may install it; what is missing then is a reason to skip.
need_tools() {
    ((EUID)) || need_packages debootstrap mosquitto mosquitto-clients openssl systemd-container qemu-user || say "going on with what is there"
}

# A bare root of the suite (bookworm, trixie); its path is then $ROOT.
bare_root() {
    local suite=$1 lock
    ROOT=$ROOTS/$suite
    mkdir -p "$ROOTS"
    # Two runs side by side need it once.
    exec {lock}>"$ROOTS/$suite.lock"
    flock "$lock"
    build_root "$suite"
    exec {lock}>&-
}

build_root() {
    local suite=$1
    [[ ! -f $ROOT/etc/debian_version ]] || return 0
    say "building a bare Debian '$suite' with debootstrap (about three minutes, once)"
    command -v debootstrap >/dev/null || skip "needs debootstrap: apt install debootstrap"
    mkdir -p "$ROOTS/debs-$suite"
    rm -rf "$ROOT.new"
    debootstrap --variant=minbase --include="$BARE" --cache-dir="$ROOTS/debs-$suite" "$suite" "$ROOT.new" \
        >"$ROOTS/debootstrap-$suite.log" 2>&1 ||
        skip "debootstrap could not build $suite: $(tail -n 1 "$ROOTS/debootstrap-$suite.log")"
    rm -rf "$ROOTS/debs-$suite"
    mv "$ROOT.new" "$ROOT"
}

# Everything that a box needs of Python's, in a folder: fill_wheels DIR PYTHON. Without a network this is skipped.
fill_wheels() {
    local log
    mkdir -p "$CACHE/wheels"
    log=$CACHE/wheels/$(basename "$1").log
    deploy/wheels.sh "$1" "$2" "$(uname -m)" >"$log" 2>&1 && return
    ! grep -qE 'NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Temporary failure|ProxyError' "$log" ||
        skip "no network to fetch wheels from"
    tail -n 8 "$log"
    fail "deploy/wheels.sh $*"
}
