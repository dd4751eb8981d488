"""Orders per country and minute: read the topic, count each order once, append whole minutes."""

import sparkjob
from sales_by_minute.transforms import by_minute, once


def main(run: sparkjob.Run) -> None:
    """Read the input `sales`, append to the output `by_minute`."""
    events = run.read_stream("sales")
    orders = run.accept(events, closes="ordered_at")
    run.write_stream("by_minute", by_minute(once(orders))).start()


if __name__ == "__main__":
    sparkjob.run(main)
