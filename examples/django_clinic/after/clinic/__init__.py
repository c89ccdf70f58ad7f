"""Claims of medical practices: everybody of a practice sees and submits all of it."""
