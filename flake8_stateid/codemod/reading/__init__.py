"""A module as it is written: nodes, scopes, whom a call reaches, what classes inherit."""
