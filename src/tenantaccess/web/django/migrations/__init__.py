"""Migrations of the tables: frozen once they are released."""
