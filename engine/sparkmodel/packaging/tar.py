"""Headers of tar archives, in GNU format, that depend on nothing but what they describe."""

BLOCK = 512
END = bytes(2 * BLOCK)
# 1980-01-01, the oldest time that zip files know too.
MTIME = 315532800

FILE, DIRECTORY, SYMLINK = b"0", b"5", b"2"
_LONG_NAME, _LONG_LINK = b"L", b"K"
_NAME_BYTES = 100


def header(path: str, *, kind: bytes, mode: int, size: int = 0, link: str = "") -> bytes:
    """The header of one member; names over 100 bytes get the extra records that GNU tar gives them.

    Owner is 0, without names, and the time is fixed: the same files give the same bytes.

    Args:
        path: Name in the archive, with `/` between its parts.
        kind: `FILE`, `DIRECTORY` or `SYMLINK`.
        mode: Permission bits.
        size: Bytes of content that follow, below 8 GiB.
        link: What a symlink points to.

    Raises:
        ValueError: The content is too large for a plain header.
    """
    if size >= 8**11:
        raise ValueError(f"{path}: {size} bytes do not fit a tar header, which counts to 8 GiB")
    name, target = path.encode(), link.encode()
    if kind == DIRECTORY:
        name += b"/"
    long = _long(_LONG_LINK, target) + _long(_LONG_NAME, name)
    return long + _record(name[:_NAME_BYTES], kind, mode, size, target[:_NAME_BYTES])


def padding(size: int) -> bytes:
    """Zeros that fill the last block of a content of `size` bytes."""
    return bytes(-size % BLOCK)


def _long(kind: bytes, name: bytes) -> bytes:
    if len(name) <= _NAME_BYTES:
        return b""
    content = name + b"\0"
    record = _record(b"././@LongLink", kind, 0, len(content), b"", mtime=0)
    return record + content + padding(len(content))


def _record(
    name: bytes, kind: bytes, mode: int, size: int, link: bytes, *, mtime: int = MTIME
) -> bytes:
    before = b"".join(
        (name.ljust(_NAME_BYTES, b"\0"), _octal(mode, 8), _octal(0, 8), _octal(0, 8))
    ) + b"".join((_octal(size, 12), _octal(mtime, 12)))
    after = kind + link.ljust(_NAME_BYTES, b"\0") + b"ustar  \0"
    after = after.ljust(BLOCK - len(before) - 8, b"\0")
    # The sum counts its own eight bytes as spaces.
    checksum = sum(before) + sum(after) + 8 * ord(" ")
    return before + b"%06o\0 " % checksum + after


def _octal(number: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, number)
