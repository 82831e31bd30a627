"""What a reader would get of a package, also out of the zip file inside it."""

import io
import zipfile

from tests.support.wallets import NOON
from wallet.actions.patient import gathering


def files(wallet, scope):
    """Every file by name; those inside a zip file under their names there."""
    return unpacked(gathering.gather(wallet, scope, now=NOON).parts)


def unpacked(parts):
    """The same of *parts* of a grant."""
    found = {}
    for part in parts:
        with part.read() as source:
            data = source.read()
        if part.ref.name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                assert packed.comment == b""
                found |= {name: packed.read(name) for name in packed.namelist()}
        else:
            found[part.ref.name] = data
    return found


def text(wallet, scope):
    """All of it one behind the other, the names too."""
    held = files(wallet, scope)
    return b"\n".join(name.encode() + b"\n" + data for name, data in held.items())
