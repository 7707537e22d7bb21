"""The thread that joins camera, detector and classifier. Begin with `vision.py`.

`faces` finds faces, `listener` says whose counts, `preprocess` cuts it out, `emotion` reads it. `alive`,
`doubt` and `frozen` doubt what is seen, `motion` and `pace` say when a look pays, `view` whether the view is
bad.
"""

from appliance.vision.listener import Detector, Listener, looks_needed
from appliance.vision.pace import FullPace, Pace
from appliance.vision.vision import Eyes, Vision

__all__ = ["Detector", "Eyes", "FullPace", "Listener", "Pace", "Vision", "looks_needed"]
