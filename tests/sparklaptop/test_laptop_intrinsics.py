"""Templates are resolved strictly: a reference that leads nowhere is an error, never a gap."""

import pytest

from sparklaptop.cloudformation.intrinsics import UnresolvedError, resolve
from sparklaptop.cloudformation.resource import Physical
from sparklaptop.cloudformation.stacks import Directory, Output, StackScope
from sparklaptop.cloudformation.template import parse

BODY = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
    },
    "Mappings": {"Sizes": {"dev": {"cpu": 2}}},
}


@pytest.fixture
def scope():
    directory = Directory()
    directory.set("eu-central-1", "base", {"Key": Output(key="Key", value="k1", export="shared")})
    directory.set("us-east-1", "base", {"Key": Output(key="Key", value="k2")})
    made = StackScope(
        template=parse(BODY),
        parameters={"Stage": "dev"},
        pseudo={"AWS::Region": "eu-central-1", "AWS::AccountId": "1"},
        directory=directory,
    )
    made.physical["Bucket"] = Physical(id="b-1", attributes={"Arn": "arn:b-1"})
    return made


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Bucket"}, "b-1"),
        ({"Ref": "Stage"}, "dev"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:b-1"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:b-1"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Bucket"}]]}, "a/b-1"),
        ({"Fn::Sub": "x-${Bucket}-${Bucket.Arn}-${!Kept}"}, "x-b-1-arn:b-1-${Kept}"),
        ({"Fn::Sub": ["${A}", {"A": {"Ref": "Bucket"}}]}, "b-1"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", "b"]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "cpu"]}, 2),
        ({"Fn::ImportValue": "shared"}, "k1"),
        ({"Fn::GetStackOutput": {"StackName": "base", "OutputName": "Key"}}, "k1"),
        (
            {
                "Fn::GetStackOutput": {
                    "StackName": "base",
                    "OutputName": "Key",
                    "Region": "us-east-1",
                }
            },
            "k2",
        ),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}, '{"a":"dev"}'),
    ],
)
def test_functions(scope, value, expected):
    assert resolve(value, scope) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Ref": "Nothing"}, "neither a resource nor a parameter"),
        ({"Fn::GetAtt": ["Bucket", "Arm"]}, "has no attribute Arm .it has: Arn"),
        ({"Fn::Cidr": ["10.0.0.0/8", 2]}, "Fn::Cidr is not understood"),
        ({"Fn::ImportValue": "other"}, "no stack exports other"),
        ({"Fn::GetStackOutput": {"StackName": "no", "OutputName": "K"}}, "deploy it first"),
        ({"Fn::GetStackOutput": {"StackName": "base", "OutputName": "K"}}, "it has: Key"),
        ({"Fn::FindInMap": ["Sizes", "prod", "cpu"]}, "has no prod.cpu"),
    ],
)
def test_what_leads_nowhere_is_an_error_in_words(scope, value, words):
    with pytest.raises(UnresolvedError, match=words):
        resolve(value, scope)


def test_a_circle_of_resources_is_named():
    first = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "B"}}}
    second = {"Type": "AWS::SNS::Topic", "DependsOn": "A"}

    problems = parse({"Resources": {"A": first, "B": second}}).problems

    assert any("in a circle" in str(problem) for problem in problems)


def test_a_thousand_resources_are_read_in_a_blink():
    resources = {
        f"R{number}": {"Type": "AWS::SNS::Topic", "DependsOn": [f"R{number - 1}"] if number else []}
        for number in range(1000)
    }

    assert parse({"Resources": resources}).in_order()[0] == "R0"
