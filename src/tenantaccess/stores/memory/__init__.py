"""The memory store: for tests, demonstrations and small hosts; it keeps the same promises as any other."""

from tenantaccess.stores.memory.store import MemoryStore

__all__ = ["MemoryStore"]
