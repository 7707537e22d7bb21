"""Which songs people like, learnt on the box alone. Begin with `model`: one person's taste in one mood.

Then `taste` (everybody's, and what each has turned down), `store` (keeps it in music.db, in a thread of its
own), `ledger` (the tables), `desk` (what can be looked at, exported and forgotten).
"""

from appliance.taste.desk import Desk as Desk
from appliance.taste.desk import is_sound as is_sound
from appliance.taste.store import Marks as Marks
from appliance.taste.store import Store as Store
from appliance.taste.store import put_back as put_back
from appliance.taste.taste import Taste as Taste
