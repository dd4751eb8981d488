import pytest


@pytest.fixture(scope="session")
def first_port():
    return 5780
