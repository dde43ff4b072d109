"""GoogleSQL's module without what it claims of itself at every step.

The package was built for debugging: each look at a name asks, with a lock, whether the pool that
has it is still there, and each search in a small hash table hashes all of it again. That was more
than half of all time. The functions that do so return nothing, and end the process if a claim is
wrong; here they are empty.
"""

from collections.abc import Iterator

# Where the module keeps what they say: "IdString was accessed after its IdStringPool … was
# destructed", "hash is not idempotent". Addresses are those of the version in requirements.lock.
_SAID_AT = (9_020_423, 9_030_100)
_FUNCTIONS = 96

_HEADER_BYTES = 8
_CODE = 10
_CONST = b"\x41"
_NOTHING, _NOP, _END = b"\x00", b"\x01", b"\x0b"


class OtherModuleError(Exception):
    """The module is not the one whose addresses are known."""


def without_claims(module: bytes) -> bytes:
    """Empty the functions that only check claims; raises OtherModuleError."""
    names = [_CONST + _signed(address) for address in _SAID_AT]
    checking = [
        (start, end)
        for start, end in _bodies(module)
        if any(module.find(name, start, end) >= 0 for name in names)
    ]
    if len(checking) != _FUNCTIONS:
        raise OtherModuleError(
            f"{len(checking)} functions check claims, not {_FUNCTIONS}: zetasql is another version."
            " Find the messages of its checks in it, and put their addresses here."
        )
    edited = bytearray(module)
    for start, end in checking:
        edited[start:end] = _NOTHING + _NOP * (end - start - 2) + _END
    return bytes(edited)


def _bodies(module: bytes) -> Iterator[tuple[int, int]]:
    """Give where each function's body begins and ends."""
    position = _HEADER_BYTES
    while position < len(module):
        kind = module[position]
        size, position = _unsigned(module, position + 1)
        if kind == _CODE:
            count, body = _unsigned(module, position)
            for _ in range(count):
                length, body = _unsigned(module, body)
                yield body, body + length
                body += length
        position += size


def _unsigned(module: bytes, position: int) -> tuple[int, int]:
    """Read a LEB128 number; gives it, and where the next thing is."""
    number = shift = 0
    while True:
        byte = module[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, position


def _signed(number: int) -> bytes:
    """Write a number of four bytes or more, not negative, as signed LEB128."""
    written = bytearray()
    while number > 0x3F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])
