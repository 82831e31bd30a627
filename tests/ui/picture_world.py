"""The world of the demo, for pictures: every party is the real command.

Maya has her records and three readers; a fourth lost the licence.
"""

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

from tests.ui.camera import settle
from wallet.actions.demo.building import bring_in, build
from wallet.actions.demo.children import ask
from wallet.actions.demo.parties import Party, Reader, World

_PHARMACY_SEES = ("medicine", "allergy")
_LABORATORY_SEES = ("test",)
_TRIES = 15


class PictureWorld(NamedTuple):
    """What the tour needs of the world."""

    world: World
    ended: Path


def make(folder, children, *, say):
    """Start everything, bring in the records, and share with three readers."""
    world = build(folder, children, today=date.today(), say=say)  # noqa: DTZ011 here
    bring_in(world)
    say("a pharmacy, a laboratory, and two doctors whose cards do not help")
    pharmacy, _ = _reader(world, "Elm Street Pharmacy", "Pharmacy")
    laboratory, _ = _reader(world, "City Laboratory", "Laboratory")
    ended, line = _reader(world, "Dr. Rosa Quint", "Skin doctor")
    do(_board(world), "board", "revoke", line)
    say("Maya shares with her practice, the pharmacy and the laboratory")
    old = _share(world, world.old, days=90)
    opens(world, world.old, old["file"])
    given = _share(world, pharmacy, days=36, scope=_scope(folder, _PHARMACY_SEES))
    opens(world, pharmacy, given["file"])
    _share(world, laboratory, days=3, scope=_scope(folder, _LABORATORY_SEES))
    do(world.patient, "sync")
    return PictureWorld(world, ended.card)


def late_card(world):
    """Give the card of a doctor accredited after Maya last asked the ledger."""
    late, _ = _reader(world, "Dr. Noor Haddad", "Neurologist")
    return late.card


def do(party, *words):
    """Run one command as *party*; anything but success ends the pictures."""
    said = ask(*words, home=party.home, passphrase_file=party.passphrase_file)
    assert said.code == 0, (words, said)
    return said


def passphrase(party):
    """The passphrase drawn for *party*."""
    return party.passphrase_file.read_text().strip()


def opens(world, reader, grant_file, *, meanwhile=lambda: None):
    """Let *reader* open the records; *meanwhile* sends what is still on its way."""
    party = reader.party
    do(party, "clinic", "sync")
    do(party, "clinic", "accept", grant_file)
    out = world.folder / f"opened-{party.home.name}"
    words = ("clinic", "open", grant_file, "--out", out)
    for _ in range(_TRIES):
        said = ask(*words, home=party.home, passphrase_file=party.passphrase_file)
        if said.code == 0:
            return
        meanwhile()
    raise AssertionError(said)


def _reader(world, name, role):
    """A desk with keys, an accreditation in the ledger, and a card; and its line."""
    folder = world.folder
    place = "".join(char for char in name.lower() if char.isalpha())
    secret = folder / f"{place}.passphrase"
    secret.write_text("a passphrase of an invented desk\n")
    party = Party(name=name, home=folder / place, passphrase_file=secret)
    party.home.mkdir()
    request, answer = (party.home / name for name in ("request", "answer"))
    card = folder / f"{place}.hwcard"
    do(party, "clinic", "init", "--trust", folder / "trust")
    do(party, "clinic", "card", "--out", request)
    words = ("--name", name, "--role", role, "--days", "600", "--out", answer)
    issued = do(_board(world), "board", "issue", request, *words)
    do(party, "clinic", "sync")
    relay = ("--relay", world.relay_url, "--out", card)
    do(party, "clinic", "card", "--accreditation", answer, *relay)
    return Reader(party=party, card=card), str(issued["entry"]["index"])


def _board(world):
    secret = world.folder / "board.passphrase"
    return Party(name="board", home=world.folder / "board", passphrase_file=secret)


def _share(world, reader, *, days, scope="everything"):
    words = ("--to", reader.card, "--scope", scope, "--days", str(days))
    return do(world.patient, "grant", "issue", *words, "--purpose", "TREAT")


def _scope(folder, classes):
    path = folder / f"{classes[0]}.scope.json"
    path.write_text(json.dumps({"include": [{"classes": list(classes)}]}))
    return path


def listed(window):
    """Give the key of each reader's newest permission."""
    items = []
    _ask(window, lambda _job: items.extend(window._desk.permissions()))
    return {item.reader: item.key for item in reversed(items)}


def hand_over(window, key, path):
    """Write the sealed file of a permission for its reader."""
    _ask(window, lambda _job: window._desk.save_file(key, path))


def _ask(window, work):
    """Let *work* run where the store may be touched."""
    faults = []
    bridge = window._bridge
    bridge.run(work, owner=window, done=lambda _: None, failed=faults.append)
    settle(window, 30)
    assert not faults, faults
