# shellcheck shell=bash disable=SC2016,SC2034
# Sourced by vm.sh, after machine.sh: a virtual machine instead of a container. Its first disk is $DISKS/root.img;
# each disk writes into a log, and what the machine leaves on it is known when it is off: see powercut.py.

# In a subshell that ends at its first error; its end is then in $STATUS. (`||` after it would make it go on.)
apart() {
    set +e
    (
        set -e
        SKIPPED=77
        "$@"
    )
    STATUS=$?
    set -e
    ((STATUS != 77)) || exit 0
}

# A folder that one can work in as in a system, though it is not booted (apt, pip, the installer): open_root SUITE.
open_root() {
    local folder
    mkdir -p "$CACHE/apt/$1/partial"
    mount --bind "$CACHE/apt/$1" "$MACHINE/var/cache/apt/archives"
    for folder in proc sys dev; do
        mount --rbind "/$folder" "$MACHINE/$folder"
    done
    mount -t tmpfs tmpfs "$MACHINE/tmp"
    cp /etc/resolv.conf "$MACHINE/etc/resolv.conf"
    # What is thrown away, or kept as a whole, need not be on the disk after each file.
    echo force-unsafe-io >"$MACHINE/etc/dpkg/dpkg.cfg.d/unsafe-io"
    # No service is started in a folder that does not boot.
    printf '#!/bin/sh\nexit 101\n' >"$MACHINE/usr/sbin/policy-rc.d"
    chmod +x "$MACHINE/usr/sbin/policy-rc.d"
}

close_root() {
    rm -f "$MACHINE/usr/sbin/policy-rc.d" "$MACHINE/etc/dpkg/dpkg.cfg.d/unsafe-io"
    umount -R "$MACHINE/proc" "$MACHINE/sys" "$MACHINE/dev" "$MACHINE/tmp" "$MACHINE/var/cache/apt/archives"
}

there() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive chroot "$MACHINE" "$@" </dev/null
}

# KVM where it runs Debian's kernel (some machines' does not run a guest's own), else emulation. Its clock then counts
# instructions, a nanosecond for each: however busy this machine is, the guest's seconds are as long. To be asked is work
# for it, so it is asked more seldom: what waits for a timer of its own would wait for minutes otherwise.
choose_accelerator() {
    ACCELERATOR=(-accel tcg -icount "shift=0,sleep=on" -cpu Nehalem -smp 1) SLOW=20 PAUSE=5
    [[ -w /dev/kvm ]] || return 0
    local kvm=(-accel kvm -cpu "host,-arch-capabilities" -smp 2)
    timeout 20 qemu-system-x86_64 "${kvm[@]}" -m 256 -display none -no-reboot -nic none -serial stdio \
        -kernel "$PARTS/kernel/vmlinuz" -append "console=ttyS0 panic=-1" </dev/null 2>/dev/null |
        grep 'Linux version' >/dev/null || return 0
    ACCELERATOR=("${kvm[@]}") SLOW=1 PAUSE=0.2
}

# Make a disk of a folder, or an empty one: new_disk NAME SIZE [FOLDER].
new_disk() {
    mke2fs -q -t ext4 -L "$1" ${3:+-d "$3"} "$DISKS/$1.img" "$2" >/dev/null || broken "no image of the disk $1"
}

# Switch the machine on.
switch_on() {
    local disk drives=()
    for disk in "$DISKS"/*.img; do
        disk=$(basename "$disk" .img)
        rm -f "$DISKS/$disk.now" "$DISKS/$disk.log"
        : >"$DISKS/$disk.log"
        qemu-img create -q -f qcow2 -F raw -b "$DISKS/$disk.img" "$DISKS/$disk.now"
        # The log knows what was flushed, so that QEMU itself need not wait for this machine's own disk.
        drives+=(-blockdev "driver=blklogwrites,node-name=$disk,log.driver=file,log.filename=$DISKS/$disk.log,file.driver=qcow2,file.cache.no-flush=on,file.file.driver=file,file.file.filename=$DISKS/$disk.now"
            -device "virtio-blk-pci,drive=$disk,serial=$disk,write-cache=on")
    done
    PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    sed -i "s/^ *Port .*/  Port $PORT/" "$DISKS/ssh_config"
    qemu-system-x86_64 "${ACCELERATOR[@]}" -m 1024 -display none -monitor none -serial "file:$LAYER/console" \
        -kernel "$PARTS/kernel/vmlinuz" -initrd "$DISKS/initrd" \
        -append "root=/dev/disk/by-label/root console=ttyS0 quiet net.ifnames=0" "${drives[@]}" \
        -nic "user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:22" \
        -device virtio-rng-pci </dev/null >"$LAYER/qemu" 2>&1 &
    QEMU=$!
}

# Wait until it has come up: switch_on first.
come_up() {
    # The first connection stays, and holds what it was given open.
    until_true $((60 * SLOW)) 'inside true </dev/null >/dev/null 2>&1 || ! kill -0 "$QEMU" 2>/dev/null'
    kill -0 "$QEMU" 2>/dev/null || broken "it went off again"
    inside true || broken "it does not answer"
}

inside() { ssh -F "$DISKS/ssh_config" box -- "$(printf '%q ' "$@")"; }
hang_up() { ssh -F "$DISKS/ssh_config" -O exit box 2>/dev/null || true; }

# Pull the plug. What had been written and not flushed is lost by chance: pull_plug SEED.
pull_plug() {
    kill -KILL "$QEMU"
    wait "$QEMU" 2>/dev/null || true
    hang_up
    disks_after "$1"
}

# Wait for it to have gone off by itself.
until_off() {
    until_true $((60 * SLOW)) '! kill -0 "$QEMU" 2>/dev/null' || broken "it does not go off"
    wait "$QEMU" || true
    hang_up
    disks_after
}

disks_after() {
    local disk said
    for disk in "$DISKS"/*.img; do
        disk=${disk%.img}
        said=$(python3 tests/boot/powercut.py "$disk.log" "$disk.img" "$@") || broken "powercut.py $disk.log"
        printf '         disk %s: %s\n' "${disk##*/}" "$said"
        rm -f "$disk.log" "$disk.now"
    done
    QEMU=''
}

turn_off() {
    inside systemctl --no-block poweroff
    until_off
}

broken() {
    printf '   BROKEN: %s\n' "$*"
    inside journalctl --no-pager --lines=40 2>/dev/null || tail -n 30 "$LAYER/console" "$LAYER/qemu" 2>/dev/null
    exit 1
}
