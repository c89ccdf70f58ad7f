"""The first floor: total pure functions. Values in, an answer or a new value out; the moment is an argument."""
