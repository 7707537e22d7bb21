"""What lies on the disk, written whole and read as what a stranger may have written. Begin with `whole.py`.

Then `tables` (settings as text), `migrations` (older settings), `probation` (settings on trial), `database`
(SQLite), `privileges` (root lays its powers down). All of it is public.
"""
