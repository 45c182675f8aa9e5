"""Where a state id goes: each use, collections of ids, calls that hand it on, its releases."""
