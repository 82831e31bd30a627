"""Odd words to plant, and a search that finds them however they are written down."""

import base64
import hashlib
import json
import re
import stat
import threading
import time
import zlib
from contextlib import suppress
from pathlib import Path

STEM = "quolzibnar"
PLAIN_DATABASE = b"SQLite format 3\0"
_TEXT = {
    *("text", "display", "title", "description", "name", "family", "given", "line"),
    *("city", "district", "comment", "value", "valueString", "conclusion", "div"),
    *("productName", "patientInstruction", "data", "reason", "subtitle", "publisher"),
    *("prefix", "suffix", "label", "unit", "lotNumber", "author", "detail", "usage"),
}
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_MOST_INFLATED = 64 << 20


class Planted:
    """One word of its own for every kind of text field, by its path."""

    def __init__(self):
        self.words = {}

    def file(self, path):
        """Plant into a file of JSON, or of lines of it."""
        data = path.read_text()
        try:
            path.write_text(json.dumps(self.value(json.loads(data))))
        except ValueError:
            lines = [json.loads(line) for line in data.splitlines() if line.strip()]
            path.write_text("\n".join(json.dumps(self.value(one)) for one in lines))

    def value(self, value, path=""):
        """The same JSON with a word behind every text."""
        if isinstance(value, dict):
            if "resourceType" in value:
                path = value["resourceType"]
            if value.get("contentType", "text/plain") != "text/plain":
                return value
            return {key: self.value(one, f"{path}.{key}") for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, path) for one in value]
        key = path.rpartition(".")[2]
        if not isinstance(value, str) or key not in _TEXT:
            return value
        return self._with_word(key, value, self._word(path))

    def _word(self, path):
        digest = hashlib.sha256(path.encode()).digest()
        ending = "".join(chr(ord("a") + byte % 26) for byte in digest[:8])
        return self.words.setdefault(path, STEM + ending)

    @staticmethod
    def _with_word(key, value, word):
        if key == "div":
            return value.replace("</div>", f" {word}</div>")
        if key == "data":
            plain = base64.b64decode(value) + f" {word}".encode()
            return base64.b64encode(plain).decode()
        return f"{value} {word}"


def spellings(secret):
    """A text or a key as bytes, in hex and in base64, wherever a group may begin."""
    raw = secret.encode() if isinstance(secret, str) else bytes(secret)
    found = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    forms = [raw]
    if isinstance(secret, str):
        forms.append(secret.encode("utf-16-le")[:-1])
        found.add(forms[1])
        found.add(forms[1].hex().encode())
    for form in forms:
        for shift in range(3):
            coded = base64.b64encode(bytes(shift) + form)
            # The first and the last group also hold bits of what stands beside.
            inner = coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]
            found.update({inner, inner.replace(b"+", b"-").replace(b"/", b"_")})
    return frozenset(one for one in found if len(one) >= 7)


class Search:
    """Looks for secrets in bytes, and in whatever those bytes inflate to."""

    def __init__(self, secrets):
        """*secrets*: names and what they stand for."""
        self._needles = [
            (name, needle)
            for name, secret in secrets.items()
            for needle in spellings(secret)
        ]
        self._seen = {}

    def names(self, data):
        """Which secrets stand in *data*."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._seen:
            texts = [data, *inflated(data)]
            texts += [text.lower() for text in texts]
            self._seen[digest] = sorted(
                {name for name, one in self._needles for text in texts if one in text}
            )
        return self._seen[digest]

    def folder(self, folder, *, but=()):
        """Where secrets stand below *folder*, in names of files too, but in *but*."""
        found = {}
        for path in sorted(folder.rglob("*")):
            inside = str(path.relative_to(folder))
            if any(Path(inside).is_relative_to(one) for one in but):
                continue
            data = inside.encode() + b"\n"
            with suppress(FileNotFoundError):  # a server beside it goes on writing
                if stat.S_ISREG(path.lstat().st_mode):
                    data += path.read_bytes()
            if names := self.names(data):
                found[inside] = names
        return found


def inflated(data):
    """Everything in *data* that zlib or gzip opens."""
    found = []
    for match in _DEFLATED.finditer(data):
        opener = zlib.decompressobj(wbits=47)
        try:
            plain = opener.decompress(data[match.start() :], _MOST_INFLATED)
        except zlib.error:
            continue
        if len(plain) > 8:
            found.append(plain)
    return found


def plain_databases(folder):
    """Every file below *folder* that any SQLite would open."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.read_bytes()[:16] == PLAIN_DATABASE
    ]


def open_files(pid):
    """Bytes of every file a process holds open, those without a name too."""
    found = {}
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if stat.S_ISREG(handle.stat().st_mode):
                found[str(handle.readlink())] = handle.read_bytes()
        except OSError:
            continue
    return found


class Watch:
    """Collects words and surroundings of every process that names *folder*."""

    def __init__(self, folder):
        self.seen = set()
        self._mark = str(folder).encode()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _look(self):
        while not self._stop.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes()
                    if self._mark in words:
                        self.seen.add(words)
                        self.seen.add((process / "environ").read_bytes())
                except OSError:
                    continue
            time.sleep(0.1)
