"""Doors to web frameworks; each needs its extra, and none is imported before a host asks for it."""
