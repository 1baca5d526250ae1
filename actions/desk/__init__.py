"""Tickets, hand-offs, conversations and their care, in plain Python without Rasa and without web."""
