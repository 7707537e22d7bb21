"""Files and databases: written whole, and read as if a stranger had written them. Begin with `whole.py`.

Then `tables` (settings as text), `migrations` (older settings), `probation` (settings on trial), `database`
(SQLite), `privileges` (root lays its powers down). All of it is public.
"""
