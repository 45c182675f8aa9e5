"""``python -m flake8_stateid``: the command line, where its script is not on the path."""

from flake8_stateid.cli import command

if __name__ == "__main__":
    command()
