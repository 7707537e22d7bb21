# shellcheck shell=bash
# Sourced by each numbered step: how a step says what it does, does it, and remembers how to undo it. Bash.
#
# A step defines `install` and `uninstall` and ends with `step`. Both may run any number of times. Those with something
# to bring before a release can run define `prepare` too, which changes nothing that runs.
set -euo pipefail

: "${ACTION:?run deploy/install.sh}" "${DEPLOY:?}" "${PREFIX:?}"
: "${DRY_RUN=}" "${PURGE=}" "${SAMBA=}" "${HOTSPOT=}" "${WHEELS=}"
SOURCE=$(dirname "$DEPLOY")
VERSION=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$SOURCE/appliance/__init__.py" 2>/dev/null || true)
# An installed release, and a bundle that somebody has unpacked, say their version by their folder's name.
VERSION=${VERSION:-$(basename "$SOURCE" | sed 's/^moodbox-//')}
RELEASE=$PREFIX/releases/$VERSION
# A bundle of `moodbox update` brings the packages that it needs.
if [[ ! $WHEELS && -d $SOURCE/wheels ]]; then
    WHEELS=$SOURCE/wheels
fi
UNDO=/var/lib/moodbox-install
# shellcheck disable=SC2034 # the steps use these
PYTHON=$RELEASE/venv/bin/python MUSIC=/var/lib/moodbox/music
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

say() { printf '   %s\n' "$*"; }

# Do it, or say that it would be done.
run() {
    if [[ $DRY_RUN ]]; then
        say "would run: $*"
    else
        "$@"
    fi
}

# What is done in folders that user moodbox may write is done as moodbox, away from root's terminal: root would follow
# a link that a stranger laid there. docs/security.md has the rule.
as_moodbox() { setsid --wait runuser --user moodbox -- "$@" </dev/null 3>&-; }

# Put a file in its place unless it is there already: put FROM TO [MODE].
put() {
    local from=$1 to=$2 mode=${3:-0644}
    cmp -s "$from" "$to" && return 0
    say "$to"
    run command install -D -m "$mode" "$from" "$to"  # not the step's own function
}

# A link, made in one step so that no moment is without it: point TARGET LINK.
point() {
    local target=$1 link=$2
    [[ $(readlink "$link" 2>/dev/null || true) != "$target" ]] || return 0
    say "$link -> $target"
    run mkdir -p "$(dirname "$link")"
    run ln -sfn "$target" "$link.new"
    run mv -fT "$link.new" "$link"
}

# For the way back: remember LIST WORD..., each once; `remembered LIST` gives them, `forget LIST` ends it.
remember() {
    local list=$UNDO/$1 word
    shift
    [[ ! $DRY_RUN ]] || return 0
    mkdir -p "$UNDO"
    for word in "$@"; do
        grep -sqxF -- "$word" "$list" || printf '%s\n' "$word" >>"$list"
    done
}
remembered() { cat "$UNDO/$1" 2>/dev/null || true; }
forget() { run rm -f "$UNDO/$1"; }

installed() { dpkg-query --show --showformat='${Package} ${Status}\n' | sed -n 's/ install ok installed$//p' | sort; }
is_installed() { [[ $(dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null || true) == 'install ok installed' ]]; }
renew_lists() { run apt-get update -qq || say "apt's lists could not be renewed; going on with the old ones"; }

# apt-get or dpkg. Where no systemd runs, packages must not start or stop anything either: some of their scripts fail
# in trying.
packaging() {
    local policy=/usr/sbin/policy-rc.d status=0
    if is_running || [[ $DRY_RUN || -e $policy ]]; then
        run "$@" </dev/null
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    "$@" </dev/null || status=$?
    rm -f "$policy"
    return "$status"
}

# Install Debian packages, and remember everything that came with them, for --purge.
bring() {
    local before
    say "installing $*"
    before=$(installed)
    # A configuration that is there already stays.
    packaging apt-get -qq -y install --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
    # shellcheck disable=SC2046 # a word for each package
    remember packages $(comm -13 <(printf '%s\n' "$before") <(installed))
    remember asked "$@"
}

is_running() { [[ -d /run/systemd/system ]]; }

# systemctl, also while an image is made and no systemd runs: units are then only enabled and disabled.
systemd() {
    case $1 in
        enable | disable | mask | unmask) ;;
        *) is_running || return 0 ;;
    esac
    run systemctl --quiet "$@"
}

# Switch units off that were on, and remember them under LIST: switch_off LIST UNIT...
switch_off() {
    local list=$1 unit
    shift
    for unit in "$@"; do
        [[ $(systemctl is-enabled "$unit" 2>/dev/null || true) == enabled ]] || continue
        say "switching off $unit"
        remember "$list" "$unit"
        systemd disable "$unit"
        systemd stop "$unit"
    done
}

switch_on_again() {
    local unit
    for unit in $(remembered "$1"); do
        say "switching on $unit again"
        systemd enable "$unit" || say "$unit is not there any more"
    done
    forget "$1"
}

step() {
    declare -F "$ACTION" >/dev/null || return 0
    printf '== %s: %s\n' "$(basename "$0" .sh)" "$ACTION"
    "$ACTION"
}
