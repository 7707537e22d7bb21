"""The command line, `moodbox COMMAND`: `parser` has all commands, the others do them. `__main__` runs one."""
