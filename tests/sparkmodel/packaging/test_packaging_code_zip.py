import os
import subprocess
import sys
import zipfile

import pytest

from sparkmodel.packaging import PackagingError
from sparkmodel.packaging.code_zip import code_zip, sparkjob_folder


def plant(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


@pytest.fixture
def house(tmp_path):
    plant(
        tmp_path,
        {
            "spark_jobs/beds/job.toml": 'team = "health"\n',
            "spark_jobs/beds/main.py": "import sparkjob\n",
            "spark_jobs/beds/transforms.py": "FACTOR = 2\n",
            "spark_jobs/beds/lookup/states.csv": "MA,Massachusetts\n",
            "spark_jobs/beds/lookup/read.py": "ROWS = 1\n",
            "spark_jobs/beds/tests/test_it.py": "assert True\n",
            "spark_jobs/beds/__pycache__/main.cpython-311.pyc": "bytecode",
            "spark_jobs/beds/.ipynb_checkpoints/x.py": "",
            "spark_jobs/beds/.env": "SECRET=1",
            "spark_jobs/beds/extend.py": "import aws_cdk\n",
            "spark_jobs/beds/requirements.in": "pandas\n",
            "spark_jobs/beds/requirements.txt": "pandas==1\n",
            "spark_jobs/beds/jars.lock.json": "[]",
            "spark_jobs/shared/__init__.py": "",
            "spark_jobs/shared/dates.py": "UTC = 0\n",
            "spark_jobs/shared/tests/test_dates.py": "",
            "spark_jobs/other/job.toml": "",
            "spark_jobs/other/__init__.py": "",
            "spark_jobs/other/main.py": "",
            "spark_jobs/notes/readme.md": "",
            "spark_jobs/__pycache__/x.pyc": "",
            "engine/sparkjob/__init__.py": "VERSION = 1\n",
            "engine/sparkjob/run.py": "",
        },
    )
    return tmp_path


def pack(house):
    return code_zip(
        job=house / "spark_jobs/beds", sparkjob=house / "engine/sparkjob", contracts='{"job": 1}\n'
    )


def unpacked(content, tmp_path):
    path = tmp_path / "code.zip"
    path.write_bytes(content)
    return zipfile.ZipFile(path)


def test_it_holds_the_job_shared_packages_sparkjob_and_contracts_and_no_more(house, tmp_path):
    found = unpacked(pack(house), tmp_path)

    assert [name for name in found.namelist() if not name.endswith("/")] == [
        "beds/job.toml",
        "beds/lookup/read.py",
        "beds/lookup/states.csv",
        "beds/main.py",
        "beds/transforms.py",
        "shared/__init__.py",
        "shared/dates.py",
        "sparkjob/__init__.py",
        "sparkjob/contracts.json",
        "sparkjob/run.py",
    ]
    assert found.read("sparkjob/contracts.json") == b'{"job": 1}\n'


def test_its_files_are_stored_with_one_time_and_mode(house, tmp_path):
    infos = unpacked(pack(house), tmp_path).infolist()

    assert {each.compress_type for each in infos} == {zipfile.ZIP_STORED}
    assert {each.date_time for each in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {each.external_attr >> 16 for each in infos} == {0o100644, 0o40755}


def test_only_what_runs_changes_its_bytes(house):
    first = pack(house)
    plant(
        house / "spark_jobs",
        {
            "beds/tests/test_more.py": "assert 1\n",
            "beds/requirements.txt": "pandas==2\n",
            "beds/extend.py": "import aws_cdk as cdk\n",
            "other/main.py": "print(1)\n",
        },
    )
    os.utime(house / "spark_jobs/beds/main.py", (0, 0))
    (house / "spark_jobs/beds/main.py").chmod(0o600)

    assert pack(house) == first
    plant(house / "spark_jobs", {"shared/dates.py": "UTC = 1\n"})
    assert pack(house) != first


def test_python_imports_from_it_also_folders_without_init(house, tmp_path):
    path = tmp_path / "code.zip"
    path.write_bytes(pack(house))
    code = (
        "import beds.transforms, beds.lookup.read, shared.dates, sparkjob, pkgutil;"
        "print(pkgutil.get_data('sparkjob', 'contracts.json').decode())"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == '{"job": 1}', done.stderr


def test_a_shared_package_called_sparkjob_is_refused(house):
    plant(house, {"spark_jobs/sparkjob/__init__.py": ""})

    with pytest.raises(PackagingError, match="spark_jobs/sparkjob\n    cannot have this name"):
        pack(house)


def test_the_real_sparkjob_is_found_without_loading_pyspark():
    code = "import sys; from sparkmodel.packaging.code_zip import sparkjob_folder as f;"
    code += "print(f().name, 'pyspark' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "sparkjob False\n"
    assert (sparkjob_folder() / "__init__.py").exists()
