"""The least a lint can do: read every file, and parse those that hold a name."""

from __future__ import annotations

import ast
import os
import sys


def main() -> None:
    """Read the Python files below the folder that the argument names."""
    for folder, _, names in os.walk(sys.argv[1]):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:
                    data = file.read()
                if b"state_id" in data.lower():
                    try:
                        ast.parse(data)
                    except (SyntaxError, ValueError):
                        continue


if __name__ == "__main__":
    main()
