"""The files of an archive: those of all wheels and the skeleton, brought into one order."""

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.utils import parse_wheel_filename

from sparkmodel.packaging import skeleton
from sparkmodel.packaging.errors import Collected
from sparkmodel.packaging.pins import Lock
from sparkmodel.packaging.wheel import Packed, Wheel
from sparkmodel.problems import Problem


@dataclass(frozen=True)
class Link:
    """A symlink.

    Args:
        target: What it points to, relative to its folder.
    """

    target: str


@dataclass(frozen=True)
class Text:
    """A file that we write.

    Args:
        content: Its text.
        executable: Whether it is a program.
    """

    content: str
    executable: bool = False


Node = Link | Text | Packed


def tree(lock: Lock, wheels: Iterable[Wheel]) -> list[tuple[str, Node]]:
    """Every file with its path, sorted by path.

    Namespace packages may bring the same file in several wheels; it is taken once.

    Raises:
        PackagingError: Two wheels bring different files for one path, a wheel reaches out of the
            environment, or one needs a folder where another has a file.
    """
    nodes = _skeleton(lock)
    problems = Collected()
    site = skeleton.site_packages(lock.target)
    for wheel in wheels:
        for path, packed in wheel.files(site):
            if text := _objection(path, packed, nodes):
                problems.add([Problem(file=lock.name, key=wheel.path.name, text=text)])
            elif path not in nodes or packed.executable:
                nodes[path] = packed
    problems.add(_files_as_folders(lock, nodes))
    problems.check()
    return sorted(nodes.items())


def _skeleton(lock: Lock) -> dict[str, Node]:
    links = {**skeleton.LINKS, f"bin/python{lock.target.python}": "python"}
    return {
        "bin/python": Text(skeleton.launcher(lock.target), executable=True),
        "pyvenv.cfg": Text(skeleton.settings(lock.target)),
        "requirements.lock": Text(lock.text),
        **{path: Link(target) for path, target in links.items()},
    }


def _objection(path: str, packed: Packed, nodes: dict[str, Node]) -> str | None:
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        return f'has the file "{path}", which may lie outside of the environment.'
    if parts[0] == "lib64":
        return f'has the file "{path}", but lib64 is a link to lib in an environment.'
    other = nodes.get(path)
    if other is None or (isinstance(other, Packed) and packed.same_as(other)):
        return None
    owner = _package(other) if isinstance(other, Packed) else "the environment itself"
    return (
        f'has the file "{path}", and so has {owner}, with another content. They cannot be in one '
        "environment: leave one of them out of the lock."
    )


def _files_as_folders(lock: Lock, nodes: dict[str, Node]) -> Iterable[Problem]:
    for path in sorted(nodes.keys() & all_folders(nodes)):
        node = nodes[path]
        owner = node.wheel.path.name if isinstance(node, Packed) else ""
        text = f'has the file "{path}", where another package has a folder.'
        yield Problem(file=lock.name, key=owner, text=text)


def all_folders(paths: Iterable[str]) -> set[str]:
    """Every folder that the paths go through."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _package(packed: Packed) -> str:
    name, version, _, _ = parse_wheel_filename(packed.wheel.path.name)
    return f"{name} {version}"
