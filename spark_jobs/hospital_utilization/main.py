"""Monthly hospital bed use by state: read the exports, account for every row, write the months."""

import sparkjob
from hospital_utilization.transforms import MEASURES, by_month, parse, unusable


def main(run: sparkjob.Run) -> None:
    """Read the input `hhs`, write the output `state_month`."""
    rows = run.read_csv("hhs", required=["state", "date"], any_of=MEASURES.values())
    days = run.accept(parse(rows), excluded=unusable)
    min_days = int(run.args.get("min_days", 1))
    run.write("state_month", by_month(days, min_days=min_days))


if __name__ == "__main__":
    sparkjob.run(main)
