"""Whether one client may serve all rows: how it is kept, and who else looks at what is kept."""
