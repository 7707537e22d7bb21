#!/usr/bin/env bash
# Count the arm64 instructions of a look under qemu-user, and the bytes that they load and store, for a Pi 4's processor
# (whose kernels a Zero 2 W and a 3 run, too) and a Pi 5's. What it prints belongs into appliance/cli/boards.py.
# A minute of one core each; needs what tests/boot/arm64.sh has cached, gcc, and the network once.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=deploy/environment.sh
source deploy/environment.sh
need_venv demo,page,mqtt,buttons,test,style
need_detector
need_packages gcc libc6-dev qemu-user

HERE=$CACHE/arm64 SYSROOT=$CACHE/arm64/bookworm
[[ -x $SYSROOT/usr/bin/python3.11 && -d $HERE/site ]] || {
    say "no arm64 Debian here: run tests/boot/arm64.sh once"
    exit 1
}
[[ -d $HERE/site-look/cv2 ]] || .venv/bin/python -m pip --quiet --disable-pip-version-check install --no-deps \
    --target "$HERE/site-look" --only-binary=:all: --implementation=cp --python-version=3.11 \
    --platform=manylinux2014_aarch64 --platform=manylinux_2_17_aarch64 opencv-python-headless==4.11.0.86
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -Wall -Wextra -O2 -shared -fPIC -o "$work/count.so" tests/bench/pi/count.c
for processor in cortex-a72 cortex-a76; do
    say "$processor"
    PYTHONPATH=$HERE/site-look:$HERE/site PYTHONHOME=$SYSROOT/usr OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
        qemu-aarch64 -cpu "$processor" -plugin "$work/count.so" -L "$SYSROOT" "$SYSROOT/usr/bin/python3.11" -B \
        tests/bench/pi/look.py >"$work/counted" 2>&1 || tail -n 5 "$work/counted"
    .venv/bin/python tests/bench/pi/counted.py "$work/counted"
done
