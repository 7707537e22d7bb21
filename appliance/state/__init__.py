"""Keeps what must survive a power cut. Begin with `form`: one small JSON file, whole at every instant.

Then `rounds` (what was played, a line a song), `choice` (whether the camera may look), `keeper` (when it is
written), `disk` (whether it can be).
"""

from appliance.state.choice import CameraChoice as CameraChoice
from appliance.state.form import FORM as FORM
from appliance.state.form import LARGEST as LARGEST
from appliance.state.form import Recalled as Recalled
from appliance.state.form import _File as _File
from appliance.state.form import boot_id as boot_id
from appliance.state.form import foreign as foreign
from appliance.state.form import is_sound as is_sound
from appliance.state.form import load as load
from appliance.state.form import put_back as put_back
from appliance.state.form import recall as recall
from appliance.state.form import save as save
from appliance.state.keeper import CHOICE_S as CHOICE_S
from appliance.state.keeper import COUNTDOWN_S as COUNTDOWN_S
from appliance.state.keeper import POSITION_S as POSITION_S
from appliance.state.keeper import Keeper as Keeper
from appliance.state.rounds import is_rounds as is_rounds
from appliance.state.rounds import rounds_file as rounds_file
