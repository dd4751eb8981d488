"""Tables that Glue keeps have a role of their own for it; others have none."""

from dataclasses import replace

from pipelines import environment
from test_job_role import may

from sparkjob.maintenance.erase import NONCURRENT_DAYS
from sparkmodel import Table
from sparkrail.identity.optimizer_role import optimizer_statements, optimizer_trust
from sparkrail.names import Names

NAMES = Names(environment())


def contract(name, by):
    columns = {"id": {"type": "long", "required": True}}
    return Table.model_validate(
        {"name": name, "write": "append", "columns": columns, "maintenance": {"by": by}}
    )


def test_glue_may_keep_one_table_and_no_other():
    statements = optimizer_statements(
        "shop.orders", names=NAMES, lake_bucket="lake-1", data_key="arn:data"
    )

    assert may(statements, "s3:DeleteObject", "arn:aws:s3:::lake-1/warehouse/shop/orders/data/x")
    assert not may(statements, "s3:GetObject", "arn:aws:s3:::lake-1/warehouse/shop/orders2/data/x")
    assert may(
        statements,
        "glue:UpdateTable",
        "arn:aws:glue:eu-west-1:111111111111:table/acme_dev_shop/orders",
    )
    assert all("*" not in action for each in statements for action in each["Action"])


def test_only_glue_can_take_the_role_and_only_for_this_account():
    [statement] = optimizer_trust(NAMES)["Statement"]

    assert statement["Principal"] == {"Service": "glue.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_the_lake_has_roles_for_the_tables_of_glue_and_no_others(make_job, make_project, synth):
    project = make_project(make_job())
    tables = {
        each.name: each for each in (contract("shop.a", "glue"), contract("shop.b", "sparkrail"))
    }
    stacks = synth(replace(project, tables={**project.tables, **tables}))
    [lake] = [stack for stack in stacks.values() if stack.part == "lake"]

    roles = [
        each["Properties"]["RoleName"]
        for each in lake.template["Resources"].values()
        if each["Type"] == "AWS::IAM::Role"
    ]
    assert roles == ["acme-dev-shop.a-optimizer"]


def test_erased_files_can_be_brought_back_for_as_long_as_the_job_says(
    make_job, make_project, synth
):
    stacks = synth(make_project(make_job()))
    [lake] = [stack for stack in stacks.values() if stack.part == "lake"]

    rules = lake.template["Resources"]["Lake"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules[0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": NONCURRENT_DAYS}


def test_a_long_name_is_cut_and_still_its_own():
    first, second = (NAMES.optimizer_role(f"shop.{'t' * 80}{end}") for end in "ab")

    assert first != second
    assert max(len(first), len(second)) <= 64
