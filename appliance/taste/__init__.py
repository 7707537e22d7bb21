"""What people like, learnt on the box alone. Begin with `model`: one person's taste in one mood.

Then `sound` (the axes on which songs lie), `taste` (everybody's, and what each has turned down).
"""

from appliance.taste.taste import Taste as Taste
