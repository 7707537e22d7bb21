"""The loop of the box and what it puts together. Begin with `service.py`.

`inbox` is the one way in, `assembly` makes parts of settings, `optional` keeps those that may be missing,
`shutter` closes the camera ahead of the loop, `usable` tries settings, `boot_times` how long a start took.
"""
