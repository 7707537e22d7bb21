#!/usr/bin/env bash
# From a bare Debian to a box that boots to music, and back: tests/boot/install.sh [bookworm|trixie]
#
# What runs is what a Pi runs: the installer, the units, Debian's MPD. The camera is the demo's recording, the sound
# goes nowhere. Six to eight minutes when the root is cached. What stands around the box: household.sh.
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
# shellcheck source=tests/boot/releases.sh
source tests/boot/releases.sh
# shellcheck source=tests/boot/household.sh
source tests/boot/household.sh

SUITE=${1:-bookworm}
declare -A PYTHONS=([bookworm]=3.11 [trixie]=3.13)
PYTHON=${PYTHONS[$SUITE]:?bookworm or trixie}
WHEELS=$CACHE/wheels/$PYTHON-$(uname -m)
OWN_WORDS='volume = { start = 33 }'

need_tools
own_namespace "$@"
prepare_cgroups
bare_root "$SUITE"
fill_wheels "$WHEELS" "$PYTHON"
DEMO=$(.venv/bin/python -c 'from appliance.demo.material import material; print(material().recording.parent)')
APT=$CACHE/apt/$SUITE
mkdir -p "$APT/partial" "$WHEELS/music"
layer_above "$ROOT"
cp /etc/resolv.conf "$MACHINE/etc/resolv.conf"
# dpkg waits for the disk after each file; what is thrown away in a few minutes need not be on it.
echo force-unsafe-io >"$MACHINE/etc/dpkg/dpkg.cfg.d/unsafe-io"
listing() { (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./dev \) -prune -o -print | sort); }
listing "$MACHINE" >"$LAYER/before"
THERE=(--bind-ro="$PWD:/mnt/source" --bind-ro="$WHEELS:/mnt/wheels" --bind-ro="$DEMO/music:/mnt/wheels/music"
    --bind-ro="$DEMO/listener.avi:/mnt/listener.avi" --bind="$APT:/var/cache/apt/archives")

# --- ways to ask ---------------------------------------------------------------------------------------------

main_pid() { inside systemctl show --property=MainPID --value "$1"; }
is_active() { inside systemctl --quiet is-active "$1"; }
status() { inside moodbox status --json 2>/dev/null; }
says() { status | "$JSON" "$1"; }
mpd_plays() {
    inside /opt/moodbox/current/venv/bin/python -I - <<'END' 2>/dev/null
import sys
from mpd import MPDClient
client = MPDClient()
client.timeout = 5
client.connect("/run/mpd/socket", 0)
status = client.status()
sys.exit(not (status["state"] == "play" and "error" not in status and client.currentsong()["file"]))
END
}
# Refused without the password, let in with it.
phone_gets_in() {
    inside /opt/moodbox/current/venv/bin/python -I - <<'END' 2>/dev/null
import sys
from pathlib import Path
from mpd import CommandError, MPDClient
client = MPDClient()
client.connect("127.0.0.1", 6600)
try:
    client.status()
    sys.exit("let in without a password")
except CommandError:
    client.password(Path("/etc/moodbox/mpd-password").read_text().strip())
    client.status()
END
}
JSON=$LAYER/json
cat >"$JSON" <<'END'
#!/usr/bin/env python3
import json, sys
try:
    sys.exit(not eval(sys.argv[1], {}, json.load(sys.stdin)))
except (ValueError, LookupError, NameError, TypeError):  # no answer yet, or not yet this one
    sys.exit(1)
END
chmod +x "$JSON"
music_is_back() { prove "$1" "$2" 'is_active moodbox && mpd_plays && says "playing == \"music\""'; }
# As root, but with the box's own view of the file system.
in_its_place() { inside nsenter --target "$(main_pid moodbox)" --mount -- "$@"; }
end_with() { inside systemctl kill --signal="$1" --kill-whom=main "$2"; }
journal() { inside journalctl --no-pager --boot --output=cat "$@"; }

# --- the proof -----------------------------------------------------------------------------------------------

say "$SUITE: install on a bare system"
boot "${THERE[@]}"
inside /mnt/source/deploy/install.sh --wheels /mnt/wheels >"$LAYER/install.log" 2>&1 || {
    tail -n 40 "$LAYER/install.log"
    broken "the installer failed"
}
grep -E '^(==|   )' "$LAYER/install.log"
prove "the page's password is shown, and not in the log" 1 \
    'grep -q "password, shown this once" "$LAYER/install.log" && ! inside grep -q "shown this once" /var/log/moodbox-install.log'
music_is_back "music plays when the installer is through" 20
prove "Debian's own MPD does not run" 1 '! is_active mpd.service && ! is_active mpd.socket'
inside sh -c 'cat >>/etc/moodbox/moodbox.toml' <<END
$OWN_WORDS
camera = { source = "replay:/mnt/listener.avi" }
END
shut_down

say "$SUITE: the first boot of its own, without a network"
boot "${THERE[@]}" --private-network
music_is_back "it boots to music" 20
prove "nothing has failed" 5 '[[ $(inside systemctl is-system-running) == running ]]'
prove "it sees the listener of the recording" 30 'says "faces == 1 and mood not in (\"away\",)"'
prove "a face changes the music" 60 'says "song and \"/\" in song[\"uri\"] and not song[\"uri\"].startswith(\"neutral/\")"'
prove "the owner's settings are in force" 1 'inside moodbox config show | grep "start = 33" >/dev/null'
inside moodbox boot
prove "MPD is asked for music before the camera is set going" 5 'inside moodbox boot --json | "$JSON" "0 < asked_s <= ready_s"'
# The scan's own sandbox, with ffmpeg and what ears there are; but in its turn, for a busy machine lets the idle starve.
inside sh -c 'mkdir -p /run/systemd/system/moodbox-scan.service.d && cat >/run/systemd/system/moodbox-scan.service.d/turn.conf' <<END
[Service]
CPUSchedulingPolicy=other
Nice=0
CPUWeight=100
IOSchedulingClass=best-effort
IOWeight=100
END
inside systemctl daemon-reload
# The tunes that came along are shorter than what is heard.
inside runuser --user moodbox -- ffmpeg -v error -f lavfi -i sine=frequency=440:duration=40 /var/lib/moodbox/music/happy/long.flac
heard() { inside moodbox library report --json 2>/dev/null | "$JSON" "$1"; }
prove "MPD finds a song that was copied" 30 'heard "songs == 15"'
inside systemctl start moodbox-scan
prove "it is heard in the scan's sandbox" 120 'heard "unheard == 0 and songs > passed_over + len(failed)"'
prove "and none has failed" 1 'heard "failed == []"'
# What MPD says of a song that it cannot open, the journal must not: its folder is a mood. See below.
inside /opt/moodbox/current/venv/bin/python -I - <<'END'
import contextlib, os, mpd
client = mpd.MPDClient()
client.connect("/run/mpd/socket")
song = client.addid("happy/long.flac")
os.unlink("/var/lib/moodbox/music/happy/long.flac")
with contextlib.suppress(mpd.CommandError):
    client.playid(song)
END
prove "and MPD lets go of a song that was taken away" 30 'heard "songs == 14"'
prove "no core dump, no swap" 1 \
    'inside grep -q "Max core file size *0 *0" "/proc/$(main_pid moodbox)/limits" && [[ $(inside systemctl show --property=MemorySwapMax --value moodbox) == 0 ]]'
prove "the box can write to its two places" 1 'in_its_place touch /var/lib/moodbox/x /etc/moodbox/x'
# What root runs or includes: releases with their Python, the units, what stands in /etc/moodbox.d.
may_write() { inside setpriv --reuid="$1" --regid=moodbox --init-groups find -L /opt/moodbox /etc/moodbox.d /etc/systemd/system /usr/local/bin \( -type f -o -type d \) -writable 2>/dev/null; }
prove "box and player can write to nothing that root runs" 1 '[[ -z $(may_write moodbox; may_write mpd) ]]'
for place in /opt/moodbox/x /var/lib/x /usr/x /etc/x /var/lib/moodbox-x; do
    prove "and not to $place" 1 '! in_its_place touch "$place" 2>/dev/null'
done
inside rm -f /var/lib/moodbox/x /etc/moodbox/x

prove "MPD is closed to the network" 1 '! phone_gets_in'
inside sh -c 'echo "mpd = { network = true }" >>/etc/moodbox/moodbox.toml'
# As udev does it when a sound card appears: MPD is started anew where its configuration would be another one.
inside systemctl start moodbox-sound
prove "mpd.network opens it to who knows the password" 10 'phone_gets_in'
old=$(main_pid moodbox-mpd)
inside systemctl start moodbox-sound || true
prove "a sound card that changes nothing leaves MPD alone" 1 '[[ $(main_pid moodbox-mpd) == "$old" ]]'
music_is_back "music is back after that" 15

say "$SUITE: what breaks is mended"
old=$(main_pid moodbox-mpd)
end_with KILL moodbox-mpd
prove "an MPD that is killed comes back" 10 '[[ $(main_pid moodbox-mpd) != "$old" ]] && is_active moodbox-mpd'
music_is_back "music is back after MPD was killed" 15
old=$(main_pid moodbox)
end_with KILL moodbox
prove "a service that is killed comes back" 15 '[[ $(main_pid moodbox) != "$old" ]] && is_active moodbox'
music_is_back "music plays after the service was killed" 15
prove "once is no reason for safe mode" 20 '! is_active moodbox-safe && says "camera == \"on\""'
old=$(main_pid moodbox)
end_with STOP moodbox
prove "the watchdog ends a loop that hangs" 60 '[[ $(main_pid moodbox) != "$old" ]] && is_active moodbox'
prove "it was the watchdog" 1 'journal --unit=moodbox | grep -i "watchdog timeout" >/dev/null'
music_is_back "music plays after the loop hung" 15

say "$SUITE: wrong settings, and safe mode"
# The starts so far count, too.
inside systemctl reset-failed moodbox
inside cp -p /etc/moodbox/moodbox.toml /root/good.toml
inside sh -c 'echo "colour = \"blue\"" >>/etc/moodbox/moodbox.toml'
inside systemctl restart moodbox || true
music_is_back "wrong settings do not stop the music" 20
prove "what is wrong with them is told" 5 'says "\"colour\" in degraded[\"settings\"]"'
inside cp -p /root/good.toml /etc/moodbox/moodbox.toml
inside systemctl restart moodbox
prove "mended, nothing is said any more" 20 'says "\"settings\" not in degraded and camera == \"on\""'
inside systemctl reset-failed moodbox
for _ in {1..9}; do
    old=$(main_pid moodbox)
    [[ $old == 0 ]] || end_with KILL moodbox || true
    until_true 20 '[[ $(main_pid moodbox) != "$old" && $(main_pid moodbox) != 0 ]]' || true
    ! is_active moodbox-safe || break
done
prove "a service that fails again and again ends in safe mode" 30 'is_active moodbox-safe'
music_is_back "safe mode plays" 20
prove "it has no camera, and says why" 5 'says "camera == \"lost\" and \"safe mode\" in degraded[\"camera\"]"'
inside systemctl stop moodbox-safe
prove "safe mode ended, it sees again" 30 'is_active moodbox && says "camera == \"on\" and \"camera\" not in degraded"'

say "$SUITE: privacy, and off"
journal --unit="moodbox*" >"$LAYER/journal"
named() { grep -m 3 -E "\b(angry|disgust|fear|happy|sad|surprise)\b|\.flac" "$LAYER/journal"; }
prove "the journal names no emotion and no song" 1 '[[ -s $LAYER/journal ]] && ! named >/dev/null'
named || true
prove "up again before it goes off" 30 'is_active moodbox && says "playing == \"music\""'
inside moodbox power-off >/dev/null
until_down
printf '   ok    the box switches its machine off, without sudo or polkit\n'

say "$SUITE: two releases are made, the second broken"
NEXT=$LAYER/next BUNDLES=$LAYER/bundles KIND=$PYTHON-$(uname -m)
release_source "$NEXT"
# Settings of another form: the file is migrated, and on the way back is as it was.
sed -i 's/^MIGRATIONS: .*/MIGRATIONS: Sequence[Migration] = (lambda tables: None,)/' "$NEXT/appliance/files/migrations.py"
sed -i 's/^version = 1 /version = 2 /' "$NEXT/appliance/config/default.toml"
make_release "$NEXT" 0.2.0 "$KIND" "$BUNDLES"
first=$(sha256sum "$BUNDLES"/moodbox-0.2.0-*)
prove "the release brings face detector and second ear" 1 \
    '[[ $(tar -tf "$BUNDLES"/moodbox-0.2.0-*.tar | grep -cE "/models/(face_detector|musicnn).tflite$") == 2 ]]'
rm -r "$BUNDLES"
release_again "$NEXT" 0.2.0 "$KIND" "$BUNDLES"
prove "made again, the release and its signature are the same bytes" 1 '[[ $(sha256sum "$BUNDLES"/moodbox-0.2.0-*) == "$first" ]]'
sed -i 's/^def run(.*/&\n    raise SystemExit("broken on purpose")/' "$NEXT/appliance/cli/work.py"
grep -q "broken on purpose" "$NEXT/appliance/cli/work.py" || broken "nothing was broken: 'moodbox run' is another function now"
make_release "$NEXT" 0.3.0 "$KIND" "$BUNDLES"

say "$SUITE: update from Home Assistant, a broken one from the page, and the way back, without a network"
know_household
boot "${THERE[@]}" --private-network --bind-ro="$BUNDLES:/mnt/bundles"
settle_household
music_is_back "music plays before the update" 20
settings() { inside cat /etc/moodbox/moodbox.toml; }
runs() { [[ $(inside moodbox --version) == "moodbox $1" ]]; }
releases() { inside ls /opt/moodbox/releases | paste -sd ' '; }
before=$(settings)
inside moodbox mood sad >/dev/null
update() { inside moodbox update "/mnt/bundles/moodbox-$1-$KIND.tar" >"$LAYER/update-$1.log" 2>&1; }
inside setpriv --reuid=nobody --clear-groups moodbox update /mnt/bundles/x.tar >"$LAYER/nobody.log" 2>&1 || true
prove "only root may update" 1 'grep -q "sudo moodbox update" "$LAYER/nobody.log"'
look() { inside systemctl start moodbox-release.service 2>/dev/null; }
prove "the update entity shows what runs, and knows of nothing newer" 30 \
    'shows "installed_version == \"0.1.0\" and not in_progress" && ! has_shown "latest_version"'
inside sh -c 'cat >>/opt/moodbox/current/deploy/release-keys' <"$NEXT/deploy/release-keys"
publish 0.2.0
sed -i 's/is new/is good/' "$LAYER/site/latest.json"
prove "a newest release that no key of the box's has signed is refused" 1 '! look'
prove "and the entity says why" 10 'shows "\"not signed by a key\" in failed" && ! has_shown "latest_version"'
publish 0.2.0
prove "a timer looks once a day" 1 'is_active moodbox-release.timer'
look || broken "$(journal --unit=moodbox-release)"
prove "signed, it is shown with its notes" 10 'shows "latest_version == \"0.2.0\" and release_summary and release_url and not failed"'
home_proves "and so does Home Assistant show it" 10 "state == \"on\" and latest_version == \"0.2.0\" and release_summary"
tamper 0.2.0
order_update
prove "a release that was tampered with is refused, and the entity says why" 30 'shows "\"not signed by a key\" in failed and not in_progress"'
home_proves "there, too" 10 "\"not signed by a key\" in failed"
prove "and nothing has changed" 1 'runs 0.1.0 && [[ $(releases) == 0.1.0 ]]'
publish 0.2.0
order_update
prove "the order of Home Assistant's update.install installs it" 240 'runs 0.2.0 && shows "installed_version == latest_version == \"0.2.0\" and not in_progress and not failed"'
prove "how far it was has been shown meanwhile" 1 'has_shown "in_progress and update_percentage >= 20"'
home_proves "in Home Assistant as well" 1 "in_progress and update_percentage >= 20" ever
home_proves "which now shows what runs" 20 "state == \"off\" and installed_version == latest_version == \"0.2.0\""
prove "the new release runs, the old one is kept" 1 'runs 0.2.0 && [[ $(releases) == "0.1.0 0.2.0" ]]'
music_is_back "music plays after the update" 5
prove "the settings are migrated, with every comment" 1 '[[ $(settings) == "${before/version = 1/version = 2}" && $before == *"version = 1"* ]]'
prove "the mood chosen by hand has survived" 1 'says "by_hand == \"sad\""'
publish 0.3.0
look || broken "$(journal --unit=moodbox-release)"
prove "the next release is shown" 10 'shows "latest_version == \"0.3.0\""'
on_the_page "release[\"is_newer\"] and release[\"latest\"] == \"0.3.0\" and not release[\"failed\"]" install-update ||
    broken "the page's owner could not ask for the update"
prove "an update that the page's owner asks for begins" 60 'shows "in_progress"'
prove "a broken update goes back by itself, and the entity says so" 300 'runs 0.2.0 && shows "\"0.3.0 is not well\" in failed and not in_progress and installed_version == \"0.2.0\""'
home_proves "and offers it still, with what was wrong" 10 "state == \"on\" and \"0.3.0 is not well\" in failed"
prove "the page says so, too" 20 'on_the_page "\"0.3.0 is not well\" in release[\"failed\"]"'
prove "and it has left nothing" 1 'runs 0.2.0 && [[ $(releases) == "0.1.0 0.2.0" ]]'
music_is_back "music plays after the broken update" 20
inside moodbox rollback || broken "the rollback failed"
prove "rollback brings the old release, and the settings that it knows" 1 'runs 0.1.0 && [[ $(settings) == "$before" ]]'
music_is_back "music plays after the rollback" 5
prove "the mood chosen by hand has survived that, too" 1 'says "by_hand == \"sad\""'
update 0.2.0 || broken "$(cat "$LAYER/update-0.2.0.log")"
cat "$LAYER/update-0.2.0.log"
prove "and forward again, by a file" 1 'runs 0.2.0 && [[ $(settings) == "${before/version = 1/version = 2}" ]]'
# What a power cut leaves in the middle of an update: the new release runs, and nobody has found it well yet.
inside ln -sfn releases/0.1.0 /opt/moodbox/way-back
pull_the_plug
forget_household
boot "${THERE[@]}" --private-network
prove "after a power cut in an update the old release comes back by itself" 60 'runs 0.1.0 && ! inside test -L /opt/moodbox/way-back'
music_is_back "music plays after the power cut" 20
prove "with its settings" 1 '[[ $(settings) == "$before" ]]'

say "$SUITE: install again over it; then remove it"
kept=$(inside sha256sum /etc/moodbox/moodbox.toml)
inside /mnt/source/deploy/install.sh --wheels /mnt/wheels >"$LAYER/again.log" 2>&1 || broken "$(tail -n 20 "$LAYER/again.log")"
prove "the settings are kept" 1 '[[ $(inside sha256sum /etc/moodbox/moodbox.toml) == "$kept" ]]'
inside /mnt/source/deploy/install.sh --dry-run --wheels /mnt/wheels >"$LAYER/dry.log" 2>&1 || broken "$(tail -n 20 "$LAYER/dry.log")"
prove "a dry run says that it was one" 1 'grep -q "was a dry run" "$LAYER/dry.log" && ! grep -q "is ready" "$LAYER/dry.log"'
prove "no second password is made" 1 '! grep -q "shown this once" "$LAYER/again.log"'
music_is_back "music plays after installing again" 20
inside /opt/moodbox/current/deploy/install.sh --uninstall >"$LAYER/uninstall.log" 2>&1 || broken "$(tail -n 20 "$LAYER/uninstall.log")"
prove "nothing runs any more" 5 '! is_active moodbox && ! is_active moodbox-mpd && ! inside test -e /opt/moodbox'
prove "music and settings are left" 1 'inside test -e /etc/moodbox/moodbox.toml && inside sh -c "ls /var/lib/moodbox/music/*/*.flac" >/dev/null'
inside /mnt/source/deploy/install.sh --uninstall --purge >"$LAYER/purge.log" 2>&1 || broken "$(tail -n 20 "$LAYER/purge.log")"
shut_down
listing "$MACHINE" >"$LAYER/after"
# What any boot and any apt run leaves: caches, logs, apt's lists, systemd's own state.
OTHERS='^\./((etc|var)/\.updated|var/(cache|log|lib/(apt|dpkg|systemd|dbus|ucf|private)|tmp)|root|mnt|etc/(machine-id|ld\.so\.cache|mailcap|\.pwd\.lock))|-$|__pycache__|~$'
comm -13 "$LAYER/before" "$LAYER/after" | grep -vE "$OTHERS" >"$LAYER/left" || true
head -n 40 "$LAYER/left"
prove "--purge leaves nothing behind" 1 '[[ ! -s $LAYER/left ]]'
prove "no user, no group" 1 '! grep -q moodbox "$MACHINE/etc/passwd" "$MACHINE/etc/group"'
verdict
