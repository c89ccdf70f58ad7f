"""Tags for the project's own templates."""
