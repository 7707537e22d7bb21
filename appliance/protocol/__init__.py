"""What the rooms tell each other: commands, messages, actions, and how they are written as JSON."""
