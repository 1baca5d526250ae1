"""The aiohttp desk: the only part that faces the network."""
