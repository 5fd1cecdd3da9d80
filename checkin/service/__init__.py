"""Use cases: one function is one transaction. They know the rules and the store, and nothing of the wire."""
