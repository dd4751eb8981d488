"""The folder `constructs/` shares its name with a library (docs/adr/0001-constructs-folder.md)."""

from pathlib import Path

import constructs

ROOT = Path(__file__).parents[2]


def test_the_folder_is_never_a_package():
    assert not (ROOT / "constructs" / "__init__.py").exists(), (
        "constructs/__init__.py would hide the library `constructs`: aws_cdk could not be imported"
    )


def test_the_library_is_what_gets_imported():
    assert constructs.Construct.__jsii_type__ == "constructs.Construct"
    assert "site-packages" in str(constructs.__file__)
