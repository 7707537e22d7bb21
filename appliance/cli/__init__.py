"""What `moodbox COMMAND` does: `parser` has all commands, the others what each is. `__main__` runs one."""
