"""A table that somebody dropped comes back."""

import pytest
from cli_cloud import PREFIX
from cli_tables import DATABASE, SCHEMA, Shop, days

BUCKET = f"{PREFIX}-lake"


@pytest.fixture
def written(shop):
    return [shop.append(f"k{n}", days(n)) for n in (1, 2)]


def drop(shop):
    shop.catalog.drop_table(f"{DATABASE}.daily")


def test_a_dropped_table_comes_back_with_its_history(sparkrail, shop, written):
    drop(shop)

    ended = sparkrail("tables", "restore", "shop.daily", "--json")

    print(f"restore: {ended.document['seconds']} s")
    assert ended.code == 0, ended.err
    assert (ended.document["rows"], ended.document["snapshot"]) == (2, written[1])
    assert (shop.head, shop.rows) == (written[1], 2)
    shop.append("k3", days(3))
    assert shop.rows == 3


def test_a_table_whose_files_were_deleted_comes_back_from_a_versioned_bucket(
    sparkrail, full_shop, cloud
):
    s3 = cloud("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    full_shop.append("k3", days(3))
    drop(full_shop)
    prefix = "warehouse/shop/daily/"
    for each in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]:
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)

    ended = sparkrail("tables", "restore", "shop.daily", "--json")

    assert ended.code == 0, ended.err
    assert ended.document["undeleted"] > 0
    assert full_shop.rows == 1


def test_a_table_that_is_there_is_not_restored(sparkrail, shop, written):
    ended = sparkrail("tables", "restore", "shop.daily")

    assert ended.code == 2
    assert "./sparkrail tables rollback shop.daily --to SNAPSHOT" in ended.err


def test_of_a_table_that_was_never_there_nothing_is_left(sparkrail, catalog):
    ended = sparkrail("tables", "restore", "shop.daily")

    assert ended.code == 1
    assert "Nothing is left of shop.daily" in ended.err


def test_a_database_that_is_not_deployed_is_said(sparkrail, cloud):
    ended = sparkrail("tables", "restore", "shop.daily")

    assert ended.code == 1
    assert "There is no Glue database shop_dev_shop" in ended.err


def test_of_a_table_made_anew_a_person_chooses(sparkrail, shop, written, catalog):
    drop(shop)
    again = Shop(catalog, files=False)
    again.append("k9", days(9))
    drop(again)

    ended = sparkrail("tables", "restore", "shop.daily", "--json")
    assert ended.code == 2
    found = ended.document["candidates"]
    assert [each["rows"] for each in found] == [1, 2]

    file = found[1]["metadata"].rpartition("/")[2]
    ended = sparkrail("tables", "restore", "shop.daily", "--metadata", file, "--json")
    assert (ended.document["rows"], again.rows) == (2, 2)


def test_a_metadata_file_of_a_writer_that_lost_is_not_taken(sparkrail, shop, written, cloud):
    """Two writers race: the file of the one that lost stays, and the winner goes on."""
    s3 = cloud("s3")
    now = shop.fresh.metadata_location.removeprefix(f"s3://{BUCKET}/")
    body = s3.get_object(Bucket=BUCKET, Key=now)["Body"].read()
    lost = now.rpartition("/")[0] + "/00002-lost.metadata.json"
    s3.put_object(Bucket=BUCKET, Key=lost, Body=body)
    shop.append("k3", days(3))
    drop(shop)

    ended = sparkrail("tables", "restore", "shop.daily", "--json")

    assert (ended.code, ended.document["rows"]) == (0, 3)


def test_a_metadata_file_of_elsewhere_is_refused(sparkrail, shop, written):
    drop(shop)

    ended = sparkrail("tables", "restore", "shop.daily", "--metadata", "s3://other/a.metadata.json")

    assert ended.code == 2
    assert "there is no such file below s3://shop-dev-lake/warehouse/shop/daily/" in ended.err


def test_the_place_is_that_of_the_database(catalog):
    catalog.create_table(f"{DATABASE}.daily", SCHEMA)

    assert catalog.load_table(f"{DATABASE}.daily").location().endswith("/warehouse/shop/daily")
