"""From labelled faces to the box's emotion network.

    python3 -m venv .venv-train
    .venv-train/bin/pip install -e .[train]     # a PyTorch without CUDA is enough
    .venv-train/bin/python -m converter data fer2013.csv fer2013new.csv
    .venv-train/bin/python -m converter data --mesh ict_facekit.npz     # rendered faces beside them
    .venv-train/bin/python -m converter train --rendered-faces ~/.cache/moodbox/data/rendered.npz
    .venv-train/bin/python -m converter patience     # instead: teachers, then pupils
    .venv-train/bin/python -m converter convert ~/.cache/moodbox/runs/main/checkpoint.pt
    .venv/bin/python -m converter evaluate
    .venv/bin/python -m converter card --peer fer
    .venv/bin/python -m converter compare OLD.tflite NEW.tflite

`evaluate`, `card` and `compare` run with the appliance's own dependencies: `measuring/`. PyTorch and
TensorFlow are needed by `training/` alone.
"""
