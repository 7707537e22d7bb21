"""Everything that makes a network: PyTorch learns, TensorFlow converts."""
