"""What the page and scripts may ask for: each file adds its routes to the app. Begin with `box.py`."""
