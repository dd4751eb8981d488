"""Orders from the tills: read the topic, keep aside what is no order, append each order once."""

import sparkjob
from sales_stream.transforms import judge, once


def main(run: sparkjob.Run) -> None:
    """Read the input `sales`, append to the output `orders`."""
    events = run.read_stream("sales")
    orders = run.accept(judge(events), closes="ordered_at")
    run.write_stream("orders", once(orders)).start()


if __name__ == "__main__":
    sparkjob.run(main)
