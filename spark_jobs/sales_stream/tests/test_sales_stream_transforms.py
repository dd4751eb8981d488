"""What is no order, and which orders are the same one."""

import pytest

from sales_stream.transforms import CURRENCIES, judge


def judged(spark, country, currency, reason=None):
    rows = [(country, currency, reason)]
    frame = spark.createDataFrame(rows, "country string, currency string, _reason string")
    return judge(frame).first()["_reason"]


@pytest.mark.parametrize(("country", "currency"), CURRENCIES.items())
def test_an_order_in_the_currency_of_its_country_has_no_reason(spark, country, currency):
    assert judged(spark, country, currency) is None


def test_an_order_in_another_currency_has_a_reason(spark):
    assert judged(spark, "CH", "EUR") == 'currency "EUR" is not that of CH'


def test_the_platforms_own_reason_stays(spark):
    assert judged(spark, "CH", "EUR", "store is missing") == "store is missing"


def test_of_a_country_that_is_not_known_the_contract_decides(spark):
    assert judged(spark, "FR", "EUR") is None
