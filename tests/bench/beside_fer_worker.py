"""Runs in fer's environment: beside_fer_worker.py PICTURE...; a number in, seconds and faces found out."""

from __future__ import annotations

import os
import sys
import time

# What libraries print must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import cv2  # noqa: E402
from fer.fer import FER  # noqa: E402

cv2.setNumThreads(1)
pictures = [cv2.imread(path) for path in sys.argv[1:]]
reads = FER()
for line in sys.stdin:
    picture = pictures[int(line)]
    started = time.process_time()
    found = reads.detect_emotions(picture)
    print(time.process_time() - started, len(found), file=answers, flush=True)
