# shellcheck shell=bash disable=SC2016
# Sourced by the scripts beside it: a machine of Debian's in a container that really boots, on a layer above a
# cached root, gone without a trace when the script ends.
# shellcheck source=tests/boot/prove.sh
source tests/boot/prove.sh

BESIDE=()

# Go on in a mount namespace of our own: systemd in a container wants cgroups v2, and what is mounted must go.
own_namespace() {
    [[ ! ${MOODBOX_NAMESPACE:-} ]] || return 0
    ((EUID == 0)) || skip "needs root"
    command -v systemd-nspawn >/dev/null || skip "needs systemd-nspawn: apt install systemd-container"
    MOODBOX_NAMESPACE=yes unshare -m --propagation private true 2>/dev/null || skip "no mount namespaces here"
    MOODBOX_NAMESPACE=yes exec unshare -m --propagation private "$0" "$@"
}

prepare_cgroups() {
    umount -R /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup || skip "no cgroups v2 in this kernel"
    mount -t tmpfs tmpfs /run
    GROUP=/sys/fs/cgroup/moodbox-test-$$
    mkdir "$GROUP" || skip "no cgroup of our own"
    echo $$ >"$GROUP/cgroup.procs" || skip "cannot move into a cgroup of our own"
}

# A fresh layer above a root: its folder is then $MACHINE.
layer_above() {
    local root=$1
    # Beside the roots: overlayfs wants both layers on a real file system.
    LAYER=$(mktemp -d -p "$ROOTS" layer-XXXXXX)
    mkdir "$LAYER/upper" "$LAYER/work" "$LAYER/machine"
    MACHINE=$LAYER/machine
    mount -t overlay overlay -o "lowerdir=$root,upperdir=$LAYER/upper,workdir=$LAYER/work" "$MACHINE" ||
        skip "no overlayfs here"
    trap leave EXIT
}

# On this machine's files, in the box's network.
beside() { nsenter --net --target "$LEADER" -- "$@"; }

# The same in the background, until `alone_again` or the script's end; what it says is in $LAYER/NAME: stay_beside NAME COMMAND...
stay_beside() {
    # Not by `beside`: that would be a shell of its own, which is all that a signal ends.
    nsenter --net --target "$LEADER" -- "${@:2}" >"$LAYER/$1" 2>&1 &
    BESIDE+=($!)
}

alone_again() {
    ((${#BESIDE[@]} == 0)) || kill "${BESIDE[@]}" 2>/dev/null || true
    BESIDE=()
}

leave() {
    alone_again
    [[ ! ${NSPAWN:-} ]] || kill -KILL "$NSPAWN" 2>/dev/null || true
    [[ ! ${LEADER:-} ]] || kill -KILL "$LEADER" 2>/dev/null || true
    wait 2>/dev/null || true
    umount -R "$MACHINE" 2>/dev/null || umount --lazy "$MACHINE" 2>/dev/null || true
    rm -rf --one-file-system "$LAYER"
}

# Boot it; further arguments are nspawn's. $LEADER is then its first process.
boot() {
    local options=(--directory="$MACHINE" --machine="moodbox-$$" --register=no --keep-unit --console=pipe
        --resolv-conf=off --link-journal=no --boot)
    systemd-nspawn --quiet "${options[@]}" "$@" >"$LAYER/console" 2>&1 </dev/null &
    NSPAWN=$!
    until_true 20 'LEADER=$(pgrep -P "$NSPAWN")' || broken "the container did not start: $(tail -n 3 "$LAYER/console")"
    # Again and again: nspawn's first child is not the machine yet, it makes it and goes.
    until_true 60 'LEADER=$(pgrep -P "$NSPAWN" | tail -n 1) && inside systemctl is-system-running 2>/dev/null | grep -E "running|degraded" >/dev/null' ||
        broken "it does not come up: $(inside systemctl list-jobs 2>&1 | tail -n 5)"
}

inside() {
    nsenter --target "$LEADER" --all -- \
        env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb "$@"
}

# Wait for it to have gone down by itself.
until_down() {
    until_true 60 '! kill -0 "$NSPAWN" 2>/dev/null' || broken "it does not go down"
    wait "$NSPAWN" || true
    NSPAWN='' LEADER=''
}

# As a power cut does it.
pull_the_plug() {
    kill -KILL "$LEADER"
    until_down
}

shut_down() {
    inside systemctl --no-block poweroff
    until_down
}

broken() {
    printf '   BROKEN: %s\n' "$*"
    inside journalctl --no-pager --lines=40 2>/dev/null || tail -n 20 "$LAYER/console"
    exit 1
}
