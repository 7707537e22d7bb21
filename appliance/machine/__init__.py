"""The machine that the box runs on: clock, memory, processes, sound. Imports nothing of third parties."""
