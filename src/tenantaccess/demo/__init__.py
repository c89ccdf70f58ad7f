"""A program made of the library: a story of three practices on SQLite (``python -m tenantaccess.demo``)."""
