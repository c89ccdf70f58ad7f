"""
What happens when units meet, tried in every order: a store that isolates as a database does, and a scheduler.

    store = SimulatedStore(Isolation.READ_COMMITTED)
    …  # furnish it
    explore(store, [one_command, another], judge)
"""

from tenantaccess.testing.schedules.exploring import Explored, Orders, explore
from tenantaccess.testing.schedules.store import Isolation, SimulatedStore

__all__ = ["Explored", "Isolation", "Orders", "SimulatedStore", "explore"]
