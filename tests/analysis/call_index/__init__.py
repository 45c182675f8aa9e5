"""SID101 and SID102: what the parts of the analysis of clients do together."""
