#!/bin/bash -e
# Run by pi-gen, as root: the installer, in the image's root. It takes care of there being no systemd that runs.
# shellcheck disable=SC2154 # ROOTFS_DIR, MOODBOX and MOODBOX_WHEELS come from outside
there=$ROOTFS_DIR/tmp/moodbox
mkdir -p "$there"
(cd "$MOODBOX" && cp -R --parents setup.cfg pyproject.toml README.md LICENSE appliance converter models deploy systemd docs "$there")
if [ -n "$MOODBOX_WHEELS" ]; then
    cp -R "$MOODBOX_WHEELS" "$there/wheels"
fi
on_chroot <<END
/tmp/moodbox/deploy/install.sh --hotspot ${MOODBOX_WHEELS:+--wheels /tmp/moodbox/wheels}
END
rm -rf "$there" "$ROOTFS_DIR/var/log/moodbox-install.log"
