#!/usr/bin/env bash
# The SD card's image, as far as it can be made without Raspberry Pi's archive: tests/boot/image.sh [trixie|bookworm]
#
# Every script of the stage runs as pi-gen runs it, on a bare Debian instead of Raspberry Pi OS Lite; then the root is
# looked at, and two boxes are booted from it. What cannot be shown here, docs/image.md says.
#
# shellcheck disable=SC2016,SC2034 # conditions stand in single quotes, and are tried until they hold
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
# shellcheck source=tests/boot/roots.sh
source tests/boot/roots.sh
# shellcheck source=tests/boot/machine.sh
source tests/boot/machine.sh

SUITE=${1:-trixie}
declare -A PYTHONS=([bookworm]=3.11 [trixie]=3.13)
PYTHON=${PYTHONS[$SUITE]:?bookworm or trixie}
WHEELS=$CACHE/wheels/$PYTHON-$(uname -m)
STAGE=$PWD/deploy/image/stage-moodbox

need_tools
own_namespace "$@"
prepare_cgroups
bare_root "$SUITE"
fill_wheels "$WHEELS" "$PYTHON"
DEMO=$(.venv/bin/python -c 'from appliance.demo.material import material; print(material().recording.parent)')
APT=$CACHE/apt/$SUITE-image
mkdir -p "$APT/partial" "$WHEELS/music"
layer_above "$ROOT"
IMAGE=$LAYER STICK=''
put_away() {
    [[ ! $STICK ]] || losetup --detach "$STICK" || true
    umount --recursive --lazy "$IMAGE"/{first,second,third,machine} 2>/dev/null || true
    leave
}
trap put_away EXIT

# --- what pi-gen does, and what it hands to the scripts of a stage (its README, "How the build process works") ---------

export ROOTFS_DIR=$MACHINE MOODBOX=$PWD MOODBOX_WHEELS=$LAYER/wheels
copy_previous() { echo "the root is there already" >&2 && false; }
on_chroot() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        chroot "$ROOTFS_DIR" bash -e
}
export -f copy_previous on_chroot

run_stage() {
    local folder script
    (cd "$STAGE" && ./prerun.sh)
    for folder in "$STAGE"/*/; do
        for script in "$folder"[0-9][0-9]-run.sh; do
            (cd "$folder" && "$script")
        done
    done
}

mount_for_chroot() {
    mount -t proc proc "$MACHINE/proc"
    mount --rbind /dev "$MACHINE/dev"
    mount --rbind /sys "$MACHINE/sys"
    mount --bind "$APT" "$MACHINE/var/cache/apt/archives"
}
umount_of_chroot() { umount --recursive --lazy "$MACHINE"/{proc,dev,sys,var/cache/apt/archives}; }

# Raspberry Pi OS 13's swap file comes from a package that Debian has not.
pretend_rpi_swap() {
    mkdir -p "$LAYER/rpi-swap/DEBIAN"
    printf 'Package: rpi-swap\nVersion: 0\nArchitecture: all\nMaintainer: nobody\nDescription: its name alone\n' >"$LAYER/rpi-swap/DEBIAN/control"
    dpkg-deb --build "$LAYER/rpi-swap" "$MACHINE/tmp/rpi-swap.deb" >/dev/null
    chroot "$MACHINE" dpkg --install /tmp/rpi-swap.deb >/dev/null
    rm "$MACHINE/tmp/rpi-swap.deb"
}

say "$SUITE: the stage of the image"
mkdir -p "$LAYER/wheels" "$MACHINE/boot/firmware"
cp -al "$WHEELS"/*.whl "$LAYER/wheels/" 2>/dev/null || cp "$WHEELS"/*.whl "$LAYER/wheels/"
cp -R "$DEMO/music" "$LAYER/wheels/music"
cp /etc/resolv.conf "$MACHINE/etc/resolv.conf"
echo force-unsafe-io >"$MACHINE/etc/dpkg/dpkg.cfg.d/unsafe-io"
# As pi-gen finds them at stage 2: a Lite system's firmware settings.
echo 'console=tty1 root=PARTUUID=0 rootwait splash resize' >"$MACHINE/boot/firmware/cmdline.txt"
printf 'dtparam=audio=on\ncamera_auto_detect=1\n' >"$MACHINE/boot/firmware/config.txt"
printf 'moodbox\n' >"$MACHINE/etc/hostname"
pretend_rpi_swap
mount_for_chroot
run_stage >"$LAYER/stage.log" 2>&1 || {
    tail -n 40 "$LAYER/stage.log"
    umount_of_chroot
    printf '   BROKEN: the stage failed\n' && exit 1
}
grep -E '^(==|   )' "$LAYER/stage.log"
prove "nothing that it started runs on" 1 \
    '[[ -z $(find /proc/[0-9]*/root -maxdepth 0 -lname "$MACHINE" 2>/dev/null) ]]'
umount_of_chroot

# --- the root ----------------------------------------------------------------------------------------------------------

is_on() { [[ $(systemctl --root="$MACHINE" is-enabled "$1" 2>/dev/null || true) == enabled ]]; }
for unit in moodbox.service moodbox-mpd.service moodbox-power-off.path moodbox-secrets.service comitup.service avahi-daemon.service NetworkManager.service; do
    prove "$unit is switched on" 1 'is_on "$unit"'
done
prove "Debian's own MPD is not" 1 '! is_on mpd.service && ! is_on mpd.socket'
prove "no password and no key is in it" 1 \
    '! compgen -G "$MACHINE/etc/moodbox/*password*" && ! grep -q ^ap_password: "$MACHINE/etc/comitup.conf" && ! compgen -G "$MACHINE/etc/ssh/ssh_host_*_key" && ! compgen -G "$MACHINE/var/lib/moodbox/*password*"'
prove "no state of a box is in it" 1 \
    '[[ -z $(find "$MACHINE/var/lib/moodbox" "$MACHINE/var/lib/comitup" "$MACHINE/var/lib/NetworkManager" "$MACHINE/etc/NetworkManager/system-connections" -type f -not -path "*/music/*" 2>/dev/null) ]]'
prove "nobody can log in" 1 '! cut -d: -f2 "$MACHINE/etc/shadow" | grep -qvE "^[!*]"'
prove "nothing of the build is left" 1 '! ls -d "$MACHINE"/{tmp/moodbox,var/log/moodbox-install.log,usr/sbin/policy-rc.d} 2>/dev/null && ! grep -rqsF "$PWD" "$MACHINE/opt/moodbox" "$MACHINE/etc"'
prove "the card is made larger at the first start (Raspberry Pi's own), no splash" 1 \
    '[[ $(<"$MACHINE/boot/firmware/cmdline.txt") == "console=tty1 root=PARTUUID=0 rootwait resize" ]] && grep -qx disable_splash=1 "$MACHINE/boot/firmware/config.txt"'
prove "nothing waits for the network at the start, and nothing swaps to the card" 1 \
    '! is_on NetworkManager-wait-online.service && grep -qx Mechanism=zram "$MACHINE/etc/rpi/swap.conf.d/50-moodbox.conf"'
prove "there is music" 1 'compgen -G "$MACHINE/var/lib/moodbox/music/*/*.flac" >/dev/null'

# --- two boxes of the same image -----------------------------------------------------------------------------------------

json() { python3 -c 'import json, sys; sys.exit(not eval(sys.argv[1], {}, json.load(sys.stdin)))' "$1" 2>/dev/null; }
status() { inside moodbox status --json 2>/dev/null; }
python() { inside /opt/moodbox/current/venv/bin/python -I -c "$1" 2>/dev/null; }
hotspot_password() { sed -n 's/^ap_password: *//p' "$MACHINE/etc/comitup.conf"; }
secrets() { cat "$MACHINE"/etc/{machine-id,moodbox/mpd-password} && hotspot_password; }

# A machine of its own above the image: its folder is then $MACHINE.
take_a_card() {
    mkdir "$IMAGE/$1-upper" "$IMAGE/$1-work" "$IMAGE/$1"
    mount -t overlay overlay -o "lowerdir=$IMAGE/machine,upperdir=$IMAGE/$1-upper,workdir=$IMAGE/$1-work" "$IMAGE/$1"
    MACHINE=$IMAGE/$1
}

first_start() {
    boot --private-network "$@"
    prove "it boots to music" 60 'status | json "playing == \"music\""'
    prove "nothing has failed" 20 '[[ $(inside systemctl is-system-running) == running ]]'
    prove "it has a hotspot password of its own, in the note on the card" 10 \
        '[[ $(tail -n 1 "$MACHINE/boot/firmware/moodbox-hotspot.txt") == "$(hotspot_password)" && $(hotspot_password) =~ ^.{12}$ ]]'
    prove "which others cannot read in its settings" 1 \
        '[[ $(stat --format=%a:%U "$MACHINE/etc/comitup.conf") == 600:root ]] && inside stat --format=%a:%U /etc/moodbox/mpd-password | grep -qx 640:moodbox'
    prove "without a Wi-Fi adapter comitup rests" 5 \
        '! inside systemctl --quiet is-active comitup && [[ $(inside systemctl show --property=NRestarts --value comitup) == 0 ]]'
    prove "the page serves the box alone until it has a password" 5 \
        'python "import urllib.request as u; u.urlopen(\"http://127.0.0.1:8080/\")"'
    secrets >"$IMAGE/secrets-${MACHINE##*/}"
}

# As pi-gen's last stage leaves it.
: >"$MACHINE/etc/machine-id"
rm -f "$MACHINE/var/lib/dbus/machine-id" "$MACHINE/etc/dpkg/dpkg.cfg.d/unsafe-io"

say "$SUITE: the first box's first start"
take_a_card first
first_start
if [[ $SUITE == trixie ]]; then
    prove "a service that fails is tried again after ever longer" 1 '[[ $(inside systemctl show --property=RestartSteps --value moodbox) == 4 ]]'
    prove "udev understands our rules" 1 'inside udevadm verify --no-summary /etc/udev/rules.d'
fi
# Without Wi-Fi comitup does not run; somebody else answers to its name.
inside systemd-run --quiet --unit=comitup-stand-in python3 -c 'import dbus, dbus.mainloop.glib as m, gi.repository.GLib as g
m.DBusGMainLoop(set_as_default=True); bus = dbus.SystemBus(); bus.request_name("com.github.davesteele.comitup"); g.MainLoop().run()'
ping_comitup() { inside runuser --user "$1" -- busctl call com.github.davesteele.comitup / org.freedesktop.DBus.Peer Ping; }
prove "root may tell comitup what to do" 10 'ping_comitup root 2>/dev/null'
prove "box and player may not" 1 '[[ $(ping_comitup moodbox 2>&1) == *"ccess denied"* && $(ping_comitup mpd 2>&1) == *"ccess denied"* ]]'
inside systemctl stop comitup-stand-in
prove "NetworkManager takes our settings" 5 'inside NetworkManager --print-config 2>/dev/null | grep -qx wifi-sec.pmf=1'
shut_down

say "$SUITE: its second, after its owner has changed the note"
printf 'of-my-own-100%%\r\n' >>"$MACHINE/boot/firmware/moodbox-hotspot.txt"
boot --private-network
prove "the owner's password is in force" 10 '[[ $(hotspot_password) == of-my-own-100%% ]]'
prove "and comitup reads it so" 5 \
    '[[ $(inside python3 -c "import sys; sys.path.insert(0, \"/usr/share/comitup\"); from comitup import config; print(config.load_data()[0].ap_password)") == of-my-own-100% ]]'
shut_down
umount "$MACHINE"

say "$SUITE: the second box's first start, and a USB stick"
take_a_card second
mkdir -p "$IMAGE/stick/happy"
cp "$DEMO"/music/happy/*.flac "$IMAGE/stick/happy/"
mke2fs -q -t ext4 -d "$IMAGE/stick" "$IMAGE/stick.img" 64M
STICK=$(losetup --find --show "$IMAGE/stick.img" 2>/dev/null) || STICK=''
if [[ $STICK ]]; then
    # A loop device says of itself what a stick's own would say.
    echo "KERNEL==\"${STICK##*/}\", ENV{ID_BUS}=\"usb\"" >"$MACHINE/etc/udev/rules.d/89-stick.rules"
    export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes # for udev, which containers have not
fi
first_start ${STICK:+--bind="$STICK"}
prove "no two boxes share a secret" 1 '! grep -qxFf "$IMAGE/secrets-first" "$IMAGE/secrets-second"'

if [[ $STICK ]]; then
    stick() { inside udevadm trigger --action="$1" --settle "/sys/block/${STICK##*/}"; }
    songs_of_the_stick() {
        python 'from mpd import MPDClient; client = MPDClient(); client.connect("/run/mpd/socket", 0)
print(*(song["file"] for song in client.find("base", "happy")), sep="\n")' | grep -c "happy/usb-${STICK##*/}/"
    }
    # systemd hears of devices only if udev was there before it.
    inside systemctl daemon-reexec
    stick remove
    stick add
    prove "a stick is found and mounted by itself, read-only" 20 \
        '[[ $(inside findmnt --noheadings --output OPTIONS "/run/moodbox-usb/${STICK##*/}") == ro,nosuid,nodev,noexec*nosymfollow* ]]'
    prove "its songs join their mood" 30 '[[ $(songs_of_the_stick) -ge 2 ]]'
    stick remove
    prove "pulled out, it is let go" 20 '! inside findmnt "/run/moodbox-usb/${STICK##*/}" >/dev/null'
    prove "and its songs with it" 30 '! songs_of_the_stick >/dev/null'
    prove "the music goes on" 5 'status | json "playing == \"music\""'
fi
[[ ! $STICK ]] || unset SYSTEMD_NSPAWN_API_VFS_WRITABLE
shut_down
umount "$MACHINE"

say "$SUITE: and the way back, with no systemd that runs"
take_a_card third
mount_for_chroot
ROOTFS_DIR=$MACHINE on_chroot <<<'/opt/moodbox/current/deploy/install.sh --uninstall --purge' >"$IMAGE/purge.log" 2>&1 || tail -n 20 "$IMAGE/purge.log"
umount_of_chroot
prove "what was switched off is on again" 1 \
    'is_on NetworkManager-wait-online.service || ! [[ -e $MACHINE/usr/lib/systemd/system/NetworkManager-wait-online.service ]]'
prove "splash and swap are as they were" 1 \
    'grep -qw splash "$MACHINE/boot/firmware/cmdline.txt" && ! grep -q disable_splash "$MACHINE/boot/firmware/config.txt" && [[ ! -e $MACHINE/etc/rpi/swap.conf.d/50-moodbox.conf ]]'
prove "nothing of the box is left, and no hotspot" 1 \
    '[[ ! -e $MACHINE/opt/moodbox && ! -e $MACHINE/etc/moodbox && ! -e $MACHINE/etc/comitup.conf && ! -e $MACHINE/boot/firmware/moodbox-hotspot.txt ]] && ! grep -q moodbox "$MACHINE/etc/passwd"'
verdict
