"""What a client's class does: who counts, what it keeps, what rows may change of it."""
