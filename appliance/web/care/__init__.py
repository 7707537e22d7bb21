"""What an owner does for the box: settings, backups, songs, the log. Begin with `settings_form.py`."""
