"""How good a network is, and its card. Begin with `evaluate.py`; `card.py` writes down what it finds.

Needs the appliance's own dependencies only, neither PyTorch nor TensorFlow.
"""
