"""Finding the article that answers a family's question."""

from knowledge.processor import name_core

# Before anything imports NumPy: what it computes with is chosen when it is loaded.
name_core()
