"""One laptop cloud for all tests of this folder, and files to run jobs on."""

import shutil

import pytest
from e2e_checkout import HOSPITAL, copied

from sparkmodel import load_project, release
from sparkmodel.packaging import PackagingError, package_job


@pytest.fixture
def fresh(tmp_path):
    """A copy of the project without more jobs, whose laptop cloud is not up."""
    made = copied(tmp_path)
    yield made
    made.sparkrail("down")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """The copy with more jobs, deployed to its laptop cloud; shared by every test."""
    made = copied(tmp_path_factory.mktemp("e2e"), more_jobs=True)
    made.offline = _without_index(made)
    manifest = made.root / "spark_jobs" / HOSPITAL / "job.toml"
    manifest.write_text(manifest.read_text().replace("= 3\n", "= 1\n"))  # attempts
    up = made.sparkrail("up")
    assert up.code == 0, up.err
    yield made
    made.sparkrail("down")


def _without_index(made):
    """Why the job with locked packages cannot be packaged here; it is then left out."""
    project = load_project(made.root)
    job = next(job for job in project.jobs(project.environments["dev"]) if job.name == "locked")
    try:
        package_job(
            job,
            tables=project.tables,
            release=release(job.spark.release),
            spark_jobs=made.root / "spark_jobs",
        )
    except PackagingError as error:
        if "does not reach its index" not in str(error):
            raise
        shutil.rmtree(job.folder)
        return str(error)
    return None


@pytest.fixture
def items(tmp_path):
    """An input of the jobs of these tests."""
    path = tmp_path / "items.csv"
    path.write_text("currency,amount\nEUR,1.5\nEUR,2.5\nUSD,4\n")
    return path
