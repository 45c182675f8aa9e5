"""A state id where the batch path has it: what it is made of, which names hold it."""
