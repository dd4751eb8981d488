"""From orders to minutes, on a few literal rows."""

from datetime import datetime
from decimal import Decimal

from sales_by_minute.transforms import by_minute

COLUMNS = "country string, currency string, amount decimal(12,2), ordered_at timestamp"


def test_orders_are_added_up_by_country_currency_and_minute(spark):
    def order(country, currency, amount, second):
        made = datetime(2026, 11, 21, 12, 0, 0).replace(minute=second // 60, second=second % 60)
        return (country, currency, Decimal(amount), made)

    orders = spark.createDataFrame(
        [
            order("DE", "EUR", "1.50", 0),
            order("DE", "EUR", "2.25", 59),
            order("DE", "EUR", "4.00", 60),
            order("CH", "CHF", "-1.00", 30),
        ],
        COLUMNS,
    )

    rows = by_minute(orders)

    assert rows.columns == ["minute", "country", "currency", "orders", "amount"]
    found = [
        (r.minute.minute, r.country, r.currency, r.orders, str(r.amount)) for r in rows.collect()
    ]
    assert sorted(found) == [
        (0, "CH", "CHF", 1, "-1.00"),
        (0, "DE", "EUR", 2, "3.75"),
        (1, "DE", "EUR", 1, "4.00"),
    ]
