"""
What the library asks of the world: protocols whose docstrings are the contract.

`get` raises, `find` may return None, `add` refuses duplicates, `put` replaces, `remove` raises if absent.
Identifiers arrive normalised and are compared exactly. A driver's failure is a `StoreError`, never an answer.
"""
