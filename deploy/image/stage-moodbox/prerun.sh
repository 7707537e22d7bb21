#!/bin/bash -e
# pi-gen's: begin with what the stage before has built.
if [ ! -d "${ROOTFS_DIR}" ]; then
    copy_previous
fi
