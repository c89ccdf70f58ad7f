"""Attempts in memory."""

from datetime import datetime, timedelta

from tenantaccess.model.attempts import Attempt
from tenantaccess.stores.memory.tables import Tables


class MemoryAttempts:
    """When each key's period began, and how many attempts it has."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def take(self, key: str, limit: int, period: timedelta, at: datetime) -> Attempt:
        """Count one, if there is room."""
        found = self.tables.attempts.get("", key)
        self.tables.attempts.expect("", key, found)
        began_at, count = found or (at, 0)
        if count == 0 or began_at + period <= at:
            began_at, count = at, 0
        if count >= limit:
            return Attempt(key, began_at, is_counted=False)
        self.tables.attempts.put("", key, (began_at, count + 1))
        return Attempt(key, began_at, is_counted=True)

    def give_back(self, attempt: Attempt) -> None:
        """Take it off again."""
        found = self.tables.attempts.get("", attempt.key)
        if attempt.is_counted and found is not None and found[0] == attempt.began_at and found[1] > 0:
            self.tables.attempts.expect("", attempt.key, found)
            self.tables.attempts.put("", attempt.key, (found[0], found[1] - 1))

    def clear(self, key: str) -> None:
        """Drop it."""
        self.tables.attempts.expect("", key, self.tables.attempts.get("", key))
        self.tables.attempts.put("", key, None)

    def forget(self, until: datetime, limit: int) -> int:
        """Drop the oldest."""
        old = sorted((began_at, key) for key, (began_at, _) in self.tables.attempts.group("").items())
        dropped = [key for began_at, key in old if began_at <= until][:limit]
        for key in dropped:
            self.tables.attempts.expect("", key, self.tables.attempts.get("", key))
            self.tables.attempts.put("", key, None)
        return len(dropped)
