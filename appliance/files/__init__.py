"""What lies on the disk: written whole, and read as what a stranger may have written."""
