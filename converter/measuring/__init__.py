"""How good a network is, and its card. Needs the converter's dependencies only."""
