"""Clients that functions make for each row, made where they are called: a step on the way."""
