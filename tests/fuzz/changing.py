"""Changes good bytes: bits, pieces cut, doubled, moved, and words parsers trip over."""

WORDS = (
    b"\n",
    b"\n\n",
    b"\0",
    b"\xff",
    b" ",
    b"+",
    b"=",
    b"-1",
    b"0",
    b"9" * 20,
    b"\xe2\x80\x94 ",
    b"\xc2\x85",
    b"\xed\xa0\x80",
    b"\x9f",
    b"\xbf",
    b"\xd8\x1d\x00",
    b"\xfb" + b"\xff" * 8,
    b"\x1b" + b"\xff" * 8,
    b"\x81" * 40,
    b"group g any g\n",
)


def changed(data, draw):
    """*data* after one to four changes; `draw(n)` gives a number below n."""
    for _ in range(1 + draw(4)):
        data = _CHANGES[draw(len(_CHANGES))](data, draw)
    return data


def _flip(data, draw):
    if not data:
        return b"\0"
    place = draw(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw(8)]) + data[place + 1 :]


def _cut(data, draw):
    start = draw(len(data) + 1)
    return data[:start] + data[start + draw(64) :]


def _end(data, draw):
    return data[: draw(len(data) + 1)]


def _insert(data, draw):
    place = draw(len(data) + 1)
    return data[:place] + WORDS[draw(len(WORDS))] + data[place:]


def _double(data, draw):
    start, size = draw(len(data) + 1), draw(128)
    return data[: start + size] + data[start:]


def _lines(data, draw):
    lines = data.split(b"\n")
    one, other = draw(len(lines)), draw(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _set(data, draw):
    place = draw(len(data) + 1)
    return data[:place] + bytes([draw(256)]) + data[place + 1 :]


_CHANGES = (_flip, _cut, _end, _insert, _double, _lines, _set)
