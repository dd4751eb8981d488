"""Writes an archive from wheels without compressing anything.

Headers and small files become stored gzip members; every other file is the deflate stream of its
wheel in a gzip member of its own. No zlib takes part in the output, so the bytes depend on the
wheels alone, whatever the computer, the Python and its zlib.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from sparkmodel.packaging import tar
from sparkmodel.packaging.gzip_members import copied, stored
from sparkmodel.packaging.tree import Link, Node, Text, all_folders
from sparkmodel.packaging.wheel import Packed

# A stream shorter than this costs more in a member of its own (18 bytes, and 5 more for the stored
# block that it interrupts) than its content costs in a stored block.
_WORTH_A_MEMBER = 64


def write_archive(nodes: Iterable[tuple[str, Node]], out: BinaryIO) -> str:
    """Write a `.tgz`.

    Args:
        nodes: Files with their paths, sorted by path.
        out: Where to write.

    Returns:
        The sha256 of what was written.
    """
    digest = hashlib.sha256()
    for piece in _pieces(nodes):
        digest.update(piece)
        out.write(piece)
    return digest.hexdigest()


def _pieces(nodes: Iterable[tuple[str, Node]]) -> Iterator[bytes | memoryview]:
    plain = bytearray()
    for each in _records(nodes):
        if isinstance(each, bytes):
            plain += each
            continue
        stream = each.deflated
        if stream is None or len(stream) < _WORTH_A_MEMBER:
            plain += each.content()
            continue
        yield stored(bytes(plain))
        plain.clear()
        yield from copied(stream, crc32=each.info.CRC, size=each.size)
    yield stored(bytes(plain) + tar.END)


def _records(nodes: Iterable[tuple[str, Node]]) -> Iterator[bytes | Packed]:
    folders: set[str] = set()
    for path, node in nodes:
        for folder in sorted(all_folders([path]) - folders):
            folders.add(folder)
            yield tar.header(folder, kind=tar.DIRECTORY, mode=0o755)
        yield from _file(path, node)


def _file(path: str, node: Node) -> Iterator[bytes | Packed]:
    if isinstance(node, Link):
        yield tar.header(path, kind=tar.SYMLINK, mode=0o777, link=node.target)
        return
    content = node.content.encode() if isinstance(node, Text) else node
    size = len(content) if isinstance(content, bytes) else content.size
    mode = 0o755 if node.executable else 0o644
    yield tar.header(path, kind=tar.FILE, mode=mode, size=size)
    yield content
    yield tar.padding(size)
