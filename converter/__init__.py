"""From labelled faces to the box's emotion network: data, train, convert, evaluate, card.

Only `evaluate` runs with the appliance's own dependencies. PyTorch and TensorFlow are imported by the
modules that need them (`net`, `augment`, `train`, `twin`, `convert`), and only when their command runs.
"""
