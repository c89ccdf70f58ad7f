"""The demo that is served: an application with the portal in it, on SQLite, on this machine alone."""
