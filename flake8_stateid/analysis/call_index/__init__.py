"""SID101 and SID102: clients that count their calls from 0 again under a shared state id."""
