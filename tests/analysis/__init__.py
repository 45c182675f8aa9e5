"""The analysis, module by module; the lint fixtures show what it comes to."""
