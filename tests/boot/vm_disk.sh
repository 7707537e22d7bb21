# shellcheck shell=bash
# Sourced by vm.sh: the disk of its machine, filled by the box's own installer as it is for an image.

# What the installer finds, as on a Pi: its packages, a kernel, a way in.
PACKAGES=(initramfs-tools busybox openssh-server mpd ffmpeg python3-venv python3-numpy overlayroot)
# On a card of this size the music has room, too.
SIZE=3G

# Ends with a copy of the disk in $DISKS, beside the first RAM disk and the way in. What is copied is kept, and made
# anew when something that goes into it has changed.
make_disk() {
    local kept=$PARTS/$SUITE want
    WHEELS=$CACHE/wheels/$PYTHON-$(uname -m)-test
    # The tests' packages, too: the panel's tests run in the machine.
    MOODBOX_EXTRAS=page,mqtt,buttons,demo,test fill_wheels "$WHEELS" "$PYTHON"
    bare_root "$SUITE"
    want=$(cat tests/boot/vm_disk.sh tests/boot/virtual.sh "$PARTS/stamp" | sha256sum)
    if ! grep -qsxF "$want" "$ROOT-vm/stamp"; then
        say "$SUITE: kernel and packages for a machine (about three minutes, once)"
        rm -rf "$ROOT-vm"
        apart furnish "$ROOT-vm" >"$ROOT-vm.log" 2>&1
        ((STATUS == 0)) || skip "apt: $(tail -n 1 "$ROOT-vm.log")"
        echo "$want" >"$ROOT-vm/stamp"
    fi
    want=$({ cat "$ROOT-vm/stamp" && find appliance converter deploy docs models systemd tests -type f \
        -not -name '*.pyc' -not -path 'tests/boot/*' -print0 | sort -z | xargs -0 cat; } | sha256sum)
    if ! grep -qsxF "$want" "$kept/stamp"; then
        say "$SUITE: installing onto a disk"
        rm -rf "$kept"
        mkdir -p "$kept"
        apart install_on "$kept"
        ((STATUS == 0)) || fail "the installer failed: see $kept/install.log"
        echo "$want" >"$kept/stamp"
    fi
    LAYER=$(mktemp -d -p "$ROOTS" layer-XXXXXX)
    trap 'pull_out; rm -rf "$LAYER"' EXIT
    DISKS=$LAYER/disks
    cp -R --sparse=always --reflink=auto "$kept" "$DISKS"
    find_way_in
}

pull_out() {
    [[ ! ${QEMU:-} ]] || kill -KILL "$QEMU" 2>/dev/null || true
    hang_up
}

# Apart: the layer is gone at its end.
install_on() {
    local music
    DISKS=$1
    music=$(.venv/bin/python -c 'from appliance.demo.material import material; print(material().recording.parent / "music")')
    mkdir -p "$WHEELS/music"
    layer_above "$ROOT-vm/upper:$ROOT"
    open_root "$SUITE"
    mkdir -p "$MACHINE/mnt/source" "$MACHINE/mnt/wheels"
    mount -o ro --bind "$PWD" "$MACHINE/mnt/source"
    mount --bind "$WHEELS" "$MACHINE/mnt/wheels"
    mount --bind "$music" "$MACHINE/mnt/wheels/music"
    there /mnt/source/deploy/install.sh --wheels /mnt/wheels >"$DISKS/install.log" 2>&1
    grep -E '^(==|   )' "$DISKS/install.log"
    bring_tests
    umount "$MACHINE/mnt/wheels/music" "$MACHINE/mnt/wheels" "$MACHINE/mnt/source"
    give_way_in
    close_root
    new_disk root "$SIZE" "$MACHINE"
    cp "$MACHINE/boot/initrd.img-$KERNEL" "$DISKS/initrd"
}

# Apart: what is mounted is gone at its end.
furnish() {
    local folder=$1
    mkdir -p "$folder/upper" "$folder/work" "$folder/machine"
    mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$folder/upper,workdir=$folder/work" "$folder/machine"
    MACHINE=$folder/machine
    trap 'umount -R "$MACHINE"' EXIT
    open_root "$SUITE"
    there apt-get update -qq
    there apt-get install -qq -y --no-install-recommends "${PACKAGES[@]}"
    like_a_pi
    # What a Pi's kernel has built in, its watchdog too, is there before systemd.
    mkdir -p "$MACHINE/lib/modules"
    cp -a "$PARTS/kernel/lib/modules/$KERNEL" "$MACHINE/lib/modules/"
    cp "$PARTS/kernel/vmlinuz" "$MACHINE/boot/vmlinuz-$KERNEL"
    cp "$PARTS/kernel/config" "$MACHINE/boot/config-$KERNEL"
    printf 'MODULES=list\nCOMPRESS=gzip\n' >"$MACHINE/etc/initramfs-tools/conf.d/machine"
    printf '%s\n' virtio_pci virtio_blk ext4 overlay softdog >>"$MACHINE/etc/initramfs-tools/modules"
    there update-initramfs -c -k "$KERNEL"
    close_root
}

# What Raspberry Pi OS has and Debian has not: the group of its GPIO chip, and the chip.
like_a_pi() {
    there groupadd --force --system gpio
    echo 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"' >"$MACHINE/etc/udev/rules.d/99-com.rules"
    echo gpio-sim >"$MACHINE/etc/modules-load.d/machine.conf"
    cat >"$MACHINE/etc/systemd/system/gpio-chip.service" <<'END'
[Unit]
Description=The GPIO chip of a Raspberry Pi 4, by gpio-sim
DefaultDependencies=no
After=systemd-modules-load.service sys-kernel-config.mount
Requires=sys-kernel-config.mount
Before=sysinit.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cd /sys/kernel/config/gpio-sim && mkdir -p pi/bank0 && echo 58 >pi/bank0/num_lines && echo pinctrl-bcm2711 >pi/bank0/label && echo 1 >pi/live'
[Install]
WantedBy=sysinit.target
END
    there systemctl --quiet enable gpio-chip.service
    echo 'LABEL=root / ext4 noatime 0 1' >"$MACHINE/etc/fstab"
    echo moodbox >"$MACHINE/etc/hostname"
    echo '127.0.0.1 localhost moodbox' >"$MACHINE/etc/hosts"
}

# The panel's tests, and pytest beside the box's own Python.
bring_tests() {
    there mkdir -p /root/source
    there sh -c 'cd /mnt/source && cp -R appliance models tests setup.cfg pyproject.toml /root/source/'
    there /opt/moodbox/current/venv/bin/python -m pip install --quiet --no-index --find-links /mnt/wheels \
        --target /root/pytest pytest pytest-timeout hypothesis
}

# ssh, over a network that leads to us alone.
give_way_in() {
    ssh-keygen -q -t ed25519 -N '' -f "$DISKS/key"
    install -D -m 0600 "$DISKS/key.pub" "$MACHINE/root/.ssh/authorized_keys"
    printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\n' >"$MACHINE/etc/systemd/network/eth0.network"
    there systemctl --quiet enable systemd-networkd.service
}

find_way_in() {
    cat >"$DISKS/ssh_config" <<END
Host box
  HostName 127.0.0.1
  Port 0
  User root
  IdentityFile $DISKS/key
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 20
  ServerAliveInterval 30
  ControlMaster auto
  ControlPath $DISKS/link
  ControlPersist yes
END
}
