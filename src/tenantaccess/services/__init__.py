"""The second floor: one room per capability, with its commands and its questions."""
