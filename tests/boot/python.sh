#!/usr/bin/env bash
# The quick part of the suite under Debian 13's own Python, in a layer above its bare root that is kept:
#
#   tests/boot/python.sh [trixie [3.13 [ARGUMENTS OF PYTEST]]]
#
# shellcheck disable=SC2016
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
# shellcheck source=tests/boot/roots.sh
source tests/boot/roots.sh
# shellcheck source=tests/boot/machine.sh
source tests/boot/machine.sh

SUITE=${1:-trixie} PYTHON=${2:-3.13}
WHEELS=$CACHE/wheels/$PYTHON-$(uname -m)-test
KEPT=$ROOTS/$SUITE-python
TESTS=("${@:3}")
((${#TESTS[@]})) || TESTS=("${ABREAST[@]}" -m 'not slow')

need_tools
own_namespace "$@"
bare_root "$SUITE"
MOODBOX_EXTRAS=page,mqtt,buttons,demo,test fill_wheels "$WHEELS" "$PYTHON"

want=$(cat setup.cfg tests/boot/python.sh | sha256sum)
if ! grep -qsxF "$want" "$KEPT/stamp"; then
    rm -rf "$KEPT"
fi
mkdir -p "$KEPT/upper" "$KEPT/work" "$KEPT/machine"
mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$KEPT/upper,workdir=$KEPT/work" "$KEPT/machine" || skip "no overlayfs here"
machine=$KEPT/machine
mkdir -p "$machine/mnt/source" "$machine/mnt/wheels" "$machine/mnt/cache"
for folder in proc dev sys; do
    mount --rbind "/$folder" "$machine/$folder"
done
mount -t tmpfs tmpfs "$machine/tmp"
# What Python compiles of it is kept while the tests run, which start our programs some hundred times; nothing else is.
mkdir "$machine/tmp/upper" "$machine/tmp/work"
mount -t overlay overlay -o "lowerdir=$PWD,upperdir=$machine/tmp/upper,workdir=$machine/tmp/work" "$machine/mnt/source" ||
    mount -o ro --bind "$PWD" "$machine/mnt/source"
mount --bind "$WHEELS" "$machine/mnt/wheels"
mount --bind "$CACHE" "$machine/mnt/cache"
there() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive MOODBOX_CACHE=/mnt/cache HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis \
        chroot "$machine" "$@"
}

if [[ ! -f $KEPT/stamp ]]; then
    say "$SUITE: MPD and the packages of the tests (about two minutes, once)"
    cp /etc/resolv.conf "$machine/etc/resolv.conf"
    echo force-unsafe-io >"$machine/etc/dpkg/dpkg.cfg.d/unsafe-io"
    # No service is started in a folder that does not boot.
    printf '#!/bin/sh\nexit 101\n' >"$machine/usr/sbin/policy-rc.d"
    chmod +x "$machine/usr/sbin/policy-rc.d"
    { there apt-get update -qq && there apt-get install -qq -y --no-install-recommends "${TEST_PACKAGES[@]}"; } \
        >"$KEPT/apt.log" 2>&1 </dev/null || skip "apt: $(tail -n 1 "$KEPT/apt.log")"
    there apt-get clean
    there python3 -m venv --clear /opt/venv
    there /opt/venv/bin/python -m pip install --quiet --no-index --find-links /mnt/wheels 'moodbox[page,mqtt,buttons,demo,test]'
    # The tests run on the source, not on what was installed.
    there /opt/venv/bin/python -m pip uninstall --quiet --yes moodbox
    echo "$want" >"$KEPT/stamp"
fi
say "tests, quick part, with $(there /opt/venv/bin/python --version) on Debian $(cat "$machine/etc/debian_version")"
there sh -c 'cd /mnt/source && exec /opt/venv/bin/python -m pytest -q -p no:cacheprovider "$@"' pytest "${TESTS[@]}"
