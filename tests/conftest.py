"""What the package does on import is measured in every session, whichever tests it holds."""

import tests.measuring  # noqa: F401 - it imports the package
