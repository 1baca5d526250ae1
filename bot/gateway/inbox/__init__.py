"""Hand-offs from the staff's side: telling them, the clock that runs while a family waits, and the `inbox` command."""
