#!/usr/bin/env bash
# What a container cannot show of the box, in a virtual machine. On demand: tests/boot/vm.sh [PART...]
#
# Parts, all when none is named: first cuts overlay buttons watchdogs memory. There is none for picamera2: the kernel's
# test camera (vimc) gives libcamera one stream in RGB, and the box asks for two in YUV420, as every Pi has them.
#
# The installer fills the disk as it does for an image; then the machine boots it. Kernel, modules and roots are kept
# in $MOODBOX_CACHE. MOODBOX_CUTS: how often the plug is pulled (10); MOODBOX_SEED: which sectors are lost then (1).
# Half an hour where KVM runs, two hours where the processor is emulated.
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
# shellcheck source=tests/boot/virtual.sh
source tests/boot/virtual.sh
# shellcheck source=tests/boot/vm_parts.sh
source tests/boot/vm_parts.sh
# shellcheck source=tests/boot/vm_disk.sh
source tests/boot/vm_disk.sh

# lgpio has wheels for its Python, and for none newer.
SUITE=bookworm PYTHON=3.11
CUTS=${MOODBOX_CUTS:-10} SEED=${MOODBOX_SEED:-1}

# --- ways to ask ---------------------------------------------------------------------------------------------

main_pid() { inside systemctl show --property=MainPID --value "$1"; }
is_active() { inside systemctl --quiet is-active "$1"; }
# Asked often, of an emulated processor: so without the command line's imports.
ask() {
    inside python3 -I -S - "$@" <<'END' 2>/dev/null
import socket, sys
link = socket.socket(socket.AF_UNIX)
link.settimeout(30)
link.connect(sys.argv[1])
lines = link.makefile()
if sys.argv[2] == "status":
    lines.readline()
link.sendall(sys.argv[2].encode() + b"\n")
for line in lines:
    print(line, end="")
    if line.startswith(("OK", "ACK", "{")):
        break
END
}
status() { ask /run/moodbox/control '{"command": "status"}'; }
# told EXPRESSION, says EXPRESSION: of Python, about what `moodbox status` shows; the one prints it, the other asks.
told() {
    status | python3 -c 'import json, sys
try:
    print(eval(sys.argv[1], {}, json.load(sys.stdin)["snapshot"]))
except (ValueError, LookupError, TypeError):  # no answer yet, or not yet this one
    sys.exit(1)' "$1"
}
says() { [[ $(told "bool($1)") == True ]]; }
mpd_plays() { ask /run/mpd/socket status | awk '/^state: play/ { plays = 1 } /^error:/ { wrong = 1 } END { exit !plays || wrong }'; }
music_is_back() { prove "$1" $((20 * SLOW)) 'is_active moodbox && mpd_plays && says "playing == \"music\""'; }
journal() { inside journalctl --no-pager --boot --output=cat "$@"; }
# Change the owner's settings as the page does: settings JSON.
settings() {
    inside /opt/moodbox/current/venv/bin/python -I -c 'import json, sys
from pathlib import Path
from appliance.web.care.settings_form import change
change(Path("/etc/moodbox/moodbox.toml"), json.loads(sys.argv[1]))' "$1"
    inside systemctl restart moodbox
}
figure() { inside moodbox boot --json | python3 -c 'import json, sys; print("{first_song_s:.2f}".format(**json.load(sys.stdin)))'; }
camera_is_held() { [[ $(inside find /proc -maxdepth 3 -path '/proc/[0-9]*/fd/*' -lname '/dev/video*' 2>/dev/null) ]]; }

# --- first boot ----------------------------------------------------------------------------------------------

first() {
    say "the first boot of an image that the installer made (${ACCELERATOR[*]})"
    switch_on
    come_up
    music_is_back "it boots to music"
    prove "nothing has failed" $((10 * SLOW)) '[[ $(inside systemctl is-system-running) == running ]]'
    turn_off
    prove "the disk is clean after that" 1 'is_clean root'
    say "the second boot"
    switch_on
    come_up
    music_is_back "it boots to music again"
    inside moodbox boot
    turn_off
}
is_clean() { ! dumpe2fs -h "$DISKS/$1.img" 2>/dev/null | grep -E 'needs_recovery|state: *not clean' >/dev/null; }

# --- power cuts ----------------------------------------------------------------------------------------------

cuts() {
    say "the plug is pulled in the middle of writing, $CUTS times"
    cut_again_and_again
}

# Write state, settings and songs without a pause, pull the plug at some instant, boot, look; again and again.
cut_again_and_again() {
    local round oldest=0 slowest=0 seconds
    RANDOM=$SEED
    switch_on
    come_up
    music_is_back "it boots to music"
    for ((round = 1; round <= CUTS; round++)); do
        until_true $((20 * SLOW)) 'says "playing == \"music\""' || broken "no music to begin with"
        : >"$LAYER/promised"
        BEFORE=$(told alarm)
        inside runuser --user moodbox -- /opt/moodbox/current/venv/bin/python -I - <tests/boot/writing.py >"$LAYER/promised" 2>"$LAYER/writing" &
        until_true $((10 * SLOW)) '(($(wc -l <"$LAYER/promised") > 12))' || broken "nothing is written: $(cat "$LAYER/writing")"
        sleep "$((RANDOM % 8)).$((RANDOM % 10))"
        pull_plug $((SEED * 1000 + round))
        wait
        switch_on
        come_up
        music_is_back "cut $round: it boots to music"
        seconds=$(figure)
        prove "cut $round: what it remembers is whole, and seconds old" 5 'age=$(lost_seconds) && (($age < 10))'
        prove "cut $round: the settings are whole, the last or the one being written" 1 'settings_are_whole'
        prove "cut $round: every song that is to be seen is whole" 5 'songs_are_whole'
        prove "cut $round: nothing half-written is left" 5 nothing_is_left
        prove "cut $round: nothing has failed, nothing is degraded" $((10 * SLOW)) \
            '[[ $(inside systemctl is-system-running) == running ]] && says "set(degraded) <= {\"camera\"}" && ! inside test -e /var/lib/moodbox/state.json.broken'
        printf '         first song %s s after the kernel; %s s of choices lost\n' "$seconds" "${age:-?}"
        slowest=$(printf '%s\n' "$slowest" "$seconds" | sort -n | tail -n 1)
        ((${age:-0} <= oldest)) || oldest=$age
    done
    printf '   %d cuts: at most %d s of choices lost; the slowest boot took %s s to the first song\n' "$CUTS" "$oldest" "$slowest"
    turn_off
}

# How many whole seconds of promises the box has forgotten; 0 when it remembers the last, or what came after it.
lost_seconds() {
    awk -v remembered="$(told alarm)" -v before="$BEFORE" '
        { cut = $1 }
        $2 == "alarm" { times[++n] = $1; alarms[n] = $3 }
        END {
            last = alarms[n]; split(last, clock, ":"); next_one = (clock[1] * 60 + clock[2] + 1) % 1440
            if (remembered == last || remembered == sprintf("%02d:%02d", next_one / 60, next_one % 60)) { print 0; exit }
            for (i = n - 1; i > 0; i--) if (alarms[i] == remembered) { print int(cut - times[i + 1]); exit }
            if (remembered != before) exit 1
            print int(cut - times[1])
        }' "$LAYER/promised"
}

settings_are_whole() {
    local promised found
    promised=$(awk '$2 == "settings" { n = $3 } END { print n }' "$LAYER/promised")
    inside moodbox config check >/dev/null || return 1
    found=$(inside sed -n 's/^name = "Box \([0-9]*\)".*/\1/p' /etc/moodbox/moodbox.toml)
    ((found == promised || found == promised + 1))
}

# Each that was sent is a copy of one that was there before.
songs_are_whole() {
    (($(inside sh -c 'cd /var/lib/moodbox/music && first=$(ls neutral/*.flac | head -n 1) &&
        for song in sad/sent-*.flac; do [ ! -e "$song" ] || cmp -s "$song" "$first" || echo "$song"; done | wc -l') == 0))
}
nothing_is_left() { [[ ! $(inside find /etc/moodbox /var/lib/moodbox -name '.*.????????.half*') ]]; }

# --- a root that is never written to -------------------------------------------------------------------------

overlay() {
    local before
    say "a read-only root, settings and music on a disk of their own"
    new_disk moodbox 1G
    switch_on
    come_up
    inside /opt/moodbox/current/deploy/overlay.sh on || broken "overlay.sh on"
    prove "settings, state and music are on the other disk" 5 \
        '[[ $(inside findmnt --noheadings --output SOURCE /var/lib/moodbox) == /dev/vda* ]]'
    music_is_back "music plays from there"
    turn_off
    before=$(sha256sum <"$DISKS/root.img")
    cut_again_and_again
    prove "the root's disk has not changed by a bit" 1 '[[ $(sha256sum <"$DISKS/root.img") == "$before" ]]'
    switch_on
    come_up
    prove "the root is read-only" 5 'inside /opt/moodbox/current/deploy/overlay.sh status | grep "changes to it are in RAM" >/dev/null'
    inside touch /usr/gone-tomorrow
    inside /opt/moodbox/current/deploy/overlay.sh off
    turn_off
    switch_on
    come_up
    prove "switched off, the root is written to again" 1 'inside /opt/moodbox/current/deploy/overlay.sh status | grep "the root is written to" >/dev/null'
    prove "what was changed in RAM is gone" 1 '! inside test -e /usr/gone-tomorrow'
    music_is_back "music plays, from the other disk still"
    turn_off
    mv "$DISKS/moodbox.img" "$DISKS/pulled-out"
    switch_on
    come_up
    music_is_back "without the other disk it boots to music all the same"
    turn_off
    mv "$DISKS/pulled-out" "$DISKS/moodbox.img"
}

# --- buttons and light ---------------------------------------------------------------------------------------

CHIP='/sys/devices/platform/gpio-sim.0/gpiochip*'
# A finger on the button of a pin: press PIN SECONDS.
press() { inside sh -c "echo pull-down >\$(echo $CHIP/sim_gpio$1/pull); sleep $2; echo pull-up >\$(echo $CHIP/sim_gpio$1/pull)"; }
# The share of some seconds in which the light is lit, in percent: lit SECONDS.
lit() {
    inside python3 - "$1" "$CHIP/sim_gpio24/value" <<'END'
import glob, sys, time
(line,) = glob.glob(sys.argv[2])
seen, end = [], time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    seen.append(int(open(line).read()))
    time.sleep(0.02)
print(100 * sum(seen) // len(seen))
END
}

buttons() {
    say "the real buttons: a GPIO chip of the kernel's, through lgpio"
    switch_on
    come_up
    inside modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0
    settings '{"gpio.factory": "lgpio", "camera.source": "v4l2:0", "camera.fps": 2}'
    music_is_back "music plays"
    prove "pins and camera are open" $((20 * SLOW)) 'says "camera == \"on\" and not degraded"'
    prove "the light is steady while music plays" $((5 * SLOW)) '(($(lit 3) == 100))'
    press 17 0.2
    prove "pause, let go, pauses" $((2 * SLOW)) 'says "playing == \"paused\""'
    prove "the light breathes" $((2 * SLOW)) 'share=$(lit 6) && ((share > 40 && share < 95))'
    press 17 0.2
    prove "pause goes on" $((2 * SLOW)) 'says "playing == \"music\""'
    song=$(told 'song["uri"]')
    press 27 0.2
    prove "skip plays another song" $((2 * SLOW)) 'says "song[\"uri\"] != \"$song\" and playing == \"music\""'
    prove "the camera's device is held" $((2 * SLOW)) camera_is_held
    press 27 1.5
    prove "skip, held, switches the camera off" $((2 * SLOW)) 'says "camera == \"off\""'
    prove "and its device is closed" $((2 * SLOW)) '! camera_is_held'
    prove "the light is dark, but for two flashes" $((2 * SLOW)) 'share=$(lit 5) && ((share > 0 && share < 25))'
    press 27 1.5
    prove "held again, the camera is on" $((10 * SLOW)) 'says "camera == \"on\"" && camera_is_held'
    say "the panel's own tests on a chip of their own"
    inside sh -c 'cd /root/source && PYTHONPATH=/root/pytest exec /opt/moodbox/current/venv/bin/python -m pytest -q \
        -p no:cacheprovider -o timeout=600 -k gpio-sim tests/panel/test_panel_contract.py' >"$LAYER/pytest" 2>&1 || true
    tail -n 15 "$LAYER/pytest"
    prove "they passed, none was skipped" 1 'grep -E "^[0-9]+ passed" "$LAYER/pytest" && ! grep -E "skipped|failed" "$LAYER/pytest"'
    # The connection ends with the machine.
    press 17 $((4 + SLOW / 3)) 2>/dev/null || true
    until_off
    prove "pause, held, switches the machine off, cleanly" 1 'grep "reboot: Power down" "$LAYER/console" >/dev/null && is_clean root'
}

# --- what hangs ----------------------------------------------------------------------------------------------

watchdogs() {
    local old boot
    say "what hangs begins anew"
    switch_on
    come_up
    music_is_back "music plays"
    old=$(main_pid moodbox)
    inside systemctl kill --signal=STOP --kill-whom=main moodbox
    prove "the watchdog ends a loop that hangs" $((60 + 20 * SLOW)) '[[ $(main_pid moodbox) != "$old" ]] && is_active moodbox'
    music_is_back "music plays after the loop hung"
    prove "systemd feeds the machine's watchdog" 5 'journal | grep -E "[Ww]atchdog.*(/dev/watchdog|Software Watchdog)" >/dev/null'
    boot=$(inside cat /proc/sys/kernel/random/boot_id)
    # systemd then stands still, as it says itself: "Freezing execution".
    inside kill -SEGV 1
    hang_up
    prove "the machine's watchdog (softdog) resets a machine whose systemd hangs" $((120 + 60 * SLOW)) \
        'hang_up; [[ $(inside cat /proc/sys/kernel/random/boot_id 2>/dev/null) != "$boot" ]] && inside true'
    music_is_back "it boots to music after that"
    turn_off
}

# --- memory --------------------------------------------------------------------------------------------------

memory() {
    local old mpd
    say "a service that leaks"
    switch_on
    come_up
    music_is_back "music plays"
    inside sh -c 'cat >/opt/leaking.py' <tests/boot/leaking.py
    inside sh -c 'mkdir -p /run/systemd/system/moodbox.service.d && cat >/run/systemd/system/moodbox.service.d/leak.conf' <<'END'
[Service]
ExecStart=
ExecStart=/opt/moodbox/current/venv/bin/python -I /opt/leaking.py run
END
    inside systemctl daemon-reload
    inside systemctl restart moodbox
    music_is_back "music plays before it leaks"
    old=$(main_pid moodbox) mpd=$(main_pid moodbox-mpd)
    inside touch /run/moodbox-leak
    prove "it is ended when it has taken all it may" $((60 + 30 * SLOW)) '[[ $(main_pid moodbox) != "$old" ]]'
    inside rm -f /run/moodbox-leak
    prove "its own ceiling ended it, not the machine's" 5 'journal --dmesg | grep -E "Memory cgroup out of memory: Killed process $old " >/dev/null'
    prove "MPD was left alone" 1 '[[ $(main_pid moodbox-mpd) == "$mpd" ]]'
    music_is_back "music plays after that"
    turn_off
}

# --- the proof -----------------------------------------------------------------------------------------------

((EUID)) || need_packages qemu-system-x86 qemu-utils e2fsprogs openssh-client || say "going on with what is there"
need_tools
own_namespace "$@"
for tool in qemu-system-x86_64 qemu-img mke2fs ssh; do
    command -v "$tool" >/dev/null || skip "no $tool"
done
need_parts
choose_accelerator
make_disk
(($#)) || set -- first cuts overlay buttons watchdogs memory
for part in "$@"; do
    "$part"
done
verdict
