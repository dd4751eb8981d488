"""gzip files made of members, without compressing anything.

A gzip file may consist of many members one after the other (RFC 1952, 2.2). Each holds one raw
deflate stream: what a zip file, and so a wheel, holds for each of its files. Copying these streams
instead of compressing anew is fast, and the bytes do not depend on the zlib of the computer.
"""

import struct
import zlib
from collections.abc import Iterator

# Deflate, no flags, no time, no hints, unknown system.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_MAX_STORED = 0xFFFF


def stored(data: bytes) -> bytes:
    """A member that holds `data` as it is, in uncompressed deflate blocks."""
    return _HEADER + b"".join(_blocks(data)) + _trailer(zlib.crc32(data), len(data))


def copied(
    deflated: bytes | memoryview, *, crc32: int, size: int
) -> tuple[bytes | memoryview, ...]:
    """A member around an existing deflate stream, as pieces to be written one after the other.

    Args:
        deflated: The raw stream, without any header.
        crc32: Checksum of the content.
        size: Bytes of the content.
    """
    return _HEADER, deflated, _trailer(crc32, size)


def _blocks(data: bytes) -> Iterator[bytes]:
    starts = range(0, len(data), _MAX_STORED) or (0,)
    for start in starts:
        block = data[start : start + _MAX_STORED]
        last = start + _MAX_STORED >= len(data)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block


def _trailer(crc32: int, size: int) -> bytes:
    return struct.pack("<II", crc32, size & 0xFFFFFFFF)
