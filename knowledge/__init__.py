"""Finding the article that answers a family's question."""
