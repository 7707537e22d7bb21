"""The owner's work at the box: settings, backups, songs, the log. Begin with `settings_form.py`."""
