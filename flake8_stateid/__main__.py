"""``python -m flake8_stateid``: the command line, where its script is not on the path."""

import sys

from flake8_stateid.cli import main

if __name__ == "__main__":
    sys.exit(main())
