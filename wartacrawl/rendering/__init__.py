"""Pages that are filled by a script, opened in a browser."""
