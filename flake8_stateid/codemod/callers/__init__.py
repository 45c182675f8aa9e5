"""Who else runs the batch path, or uses its state id: other methods, other modules."""
