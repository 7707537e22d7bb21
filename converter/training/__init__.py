"""The making of a network: PyTorch learns, TensorFlow converts. Begin with `train.py`, then `convert.py`."""
