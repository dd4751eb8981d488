"""Changes to hints: read them, account for every row, merge the newest of each hint."""

import sparkjob
from hints.transforms import COLUMNS, newest, parse


def main(run: sparkjob.Run) -> None:
    """Read the input `changes`, merge it into the output `hints`."""
    rows = run.read_csv("changes", required=COLUMNS)
    run.write("hints", newest(run.accept(parse(rows))))


if __name__ == "__main__":
    sparkjob.run(main)
