"""Calls that hand a function on, or run coroutines beside each other, by their names.

Three sets of tasks, since three things are asked: whether rows may run beside each other, whether
a row is started here to run on, and whether a call waits for those that were started.
"""

from __future__ import annotations

# Where a call hands a function on, the number of that function among the arguments.
DISPATCH = {"submit": 0, "to_thread": 0, "run_in_executor": 1, "partial": 0}
# Rows in these may run beside each other, on one loop.
BESIDE_EACH_OTHER = frozenset({"gather", "create_task", "ensure_future", "wait", "as_completed"})
# A coroutine given to these is under way, and goes on when they return.
STARTERS = frozenset({"gather", "create_task", "ensure_future", "start_soon", "shield"})
# Waits for tasks and futures, by the dotted name: 'event.wait' waits for something else.
WAITS = frozenset({"wait", "asyncio.wait", "futures.wait", "concurrent.futures.wait"})
