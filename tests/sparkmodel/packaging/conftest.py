"""A shelf of tiny wheels, made by hand, and locks of them: packaging is tested without network."""

import hashlib
import shutil
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sparkmodel.packaging import Artifact, Target, build_environment, read_lock
from sparkmodel.packaging import wheel_store as wheel_store_module

X86 = Target(python="3.11", architecture="x86_64")
ARM = Target(python="3.11", architecture="arm64")


@dataclass
class Shelf:
    """Wheels in a folder, as an index would offer them."""

    folder: Path
    fetched: list[str] = field(default_factory=list)

    def wheel(
        self,
        name: str,
        *,
        version: str = "1.0",
        tag: str = "py3-none-any",
        files: Mapping[str, str] | None = None,
        requires: Sequence[str] = (),
        python: str = ">=3.8",
        programs: Sequence[str] = (),
    ) -> Path:
        info = f"{name}-{version}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        metadata += [f"Requires-Python: {python}", *(f"Requires-Dist: {each}" for each in requires)]
        content = {
            **(files if files is not None else {f"{name}/__init__.py": f"NAME = '{name}'\n"}),
            f"{info}/METADATA": "\n".join([*metadata, "", "It does little.\n"]),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
            f"{info}/RECORD": "",
        }
        path = self.folder / f"{name}-{version}-{tag}.whl"
        # Level 0 keeps the streams, and with them the golden hash, free of the zlib of the day.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=0) as wheel:
            for file, text in content.items():
                entry = zipfile.ZipInfo(file)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (0o100755 if file in programs else 0o100644) << 16
                wheel.writestr(entry, text)
        return path

    def sdist(self, name: str, *, version: str = "1.0") -> Path:
        path = self.folder / f"{name}-{version}.tar.gz"
        source = self.folder / "PKG-INFO"
        source.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        with tarfile.open(path, "w:gz") as archive:
            archive.add(source, f"{name}-{version}/PKG-INFO")
        source.unlink()
        return path

    def line(self, *files: Path, marker: str = "", extras: str = "") -> str:
        name, version = files[0].name.removesuffix(".tar.gz").split("-")[:2]
        hashes = "".join(f" \\\n    --hash=sha256:{sha256(each)}" for each in files)
        return f"{name}{extras}=={version}{f' ; {marker}' if marker else ''}{hashes}\n"

    def download(self, pins, *, lock, into, problems):
        """Stands in for pip where a test is not about pip."""
        found = {}
        for pin in pins:
            self.fetched.append(pin.name)
            for wheel in sorted(self.folder.glob("*.whl")):
                if f"sha256:{sha256(wheel)}" in pin.hashes:
                    found[pin.name] = Path(shutil.copy(wheel, into))
        return found


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    folder = tmp_path / "shelf"
    folder.mkdir()
    shelf = Shelf(folder)
    monkeypatch.setattr(wheel_store_module, "download", shelf.download)
    return shelf


@pytest.fixture
def pip_shelf(tmp_path, monkeypatch):
    """A shelf from which the real pip fetches."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return Shelf(folder)


@pytest.fixture
def write_lock(tmp_path):
    def write(*lines: str, header: str = "") -> Path:
        path = tmp_path / "job" / "requirements.txt"
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".in").touch()
        path.write_text(header + "".join(lines))
        return path

    return write


@pytest.fixture
def build(tmp_path):
    def build(lock: Path, *, target: Target = X86, cache: Path | None = None) -> Artifact:
        read = read_lock(lock, target=target, name="spark_jobs/job/requirements.txt")
        return build_environment(read, cache=cache or tmp_path / "cache")

    return build


@pytest.fixture
def unpack(tmp_path):
    def unpack(artifact: Artifact) -> Path:
        folder = tmp_path / "environment"
        with tarfile.open(artifact.path) as archive:
            archive.extractall(folder, filter="tar")
        return folder

    return unpack


@pytest.fixture
def x86():
    return X86


@pytest.fixture
def arm():
    return ARM


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
