"""The demo's world is built: keys, servers, trust, accreditations, clinics, a patient.

Everybody's home lies in a folder of its own under one folder, as it would on machines
of their own. Two of three witnesses are needed; one of them and the operator
together could still show two histories (PROTOCOL.md 9).
"""

from __future__ import annotations

import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from wallet.actions.demo.children import DemoError, Said, ask
from wallet.actions.demo.parties import Party, Reader, Server, World
from wallet.actions.demo_world import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from wallet.actions.demo.children import Children

ORIGIN = "demo.invalid/heartwood"
_SEED = "maya"
_WITNESSES = ("birch", "cedar", "rowan")
_PUBLISH_EVERY = "0.5"
_LICENCE_DAYS = "600"


class _Doctor(NamedTuple):
    folder: str
    clinic: str
    name: str
    role: str


_NEW = _Doctor(
    "elm-street", "Elm Street Heart Centre", "Dr. Amara Osei", "Cardiologist"
)
_OLD = _Doctor("lind", "Lind Family Practice", "Dr. Henrik Lind", "Family doctor")

# Two commands of one home wait ten seconds for each other: not enough when all is slow.
_AT_THE_BOARD = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Servers:
    ledger: Server
    witnesses: tuple[Server, ...]
    relay_url: str
    trust: Path
    board: Party


def build(
    folder: Path, children: Children, *, today: date, say: Callable[[str], None]
) -> World:
    """Start every server, found the board, accredit two clinics, make a wallet.

    Args:
        folder: Empty; everything of the world goes below it.
        children: Ends what is started here.
        today: The last day of the patient's records.
        say: Told what is being done, a line each.

    Raises:
        DemoError: A party did not do its part.
    """
    with ThreadPoolExecutor() as at_once:
        say("three witnesses and a ledger start")
        wallet = at_once.submit(_make_wallet, folder)
        servers = _start_servers(folder, children, at_once)
        say("a board vouches for two clinics, and a patient makes a wallet")
        new = at_once.submit(_open_clinic, folder, servers, _NEW)
        old = at_once.submit(_open_clinic, folder, servers, _OLD)
        patient = wallet.result()
        _hand_out(servers.trust, patient.home)
        for clinic in (new, old):
            clinic.result()
    _do(patient, "sync")  # now that the accreditations are published
    return World(
        folder=folder,
        ledger=servers.ledger,
        policy=servers.trust / "ledger.policy",
        witnesses=servers.witnesses,
        relay_url=servers.relay_url,
        patient=patient,
        old=old.result(),
        new=new.result(),
        records=tuple(files.write(folder / "records", seed=_SEED, last_day=today)),
    )


def bring_in(world: World) -> None:
    """Import the patient's files."""
    _do(world.patient, "import", *world.records)


def _start_servers(
    folder: Path, children: Children, at_once: ThreadPoolExecutor
) -> _Servers:
    trust = folder / "trust"
    trust.mkdir()
    home = folder / "ledger"
    home.mkdir()
    log = str(ask("ledger", "key", "--origin", ORIGIN, home=home)["vkey"])
    board = at_once.submit(_found_board, folder)
    for name in _WITNESSES:
        _begin_witness(folder, children, log, name)
    witnesses = tuple(_witness(children.ready(_role(name))) for name in _WITNESSES)
    serve = ["ledger", "serve", "--interval", _PUBLISH_EVERY]
    serve += ["--port", str(children.port())]
    for witness in witnesses:
        serve += ["--witness", f"{witness.vkey}={witness.url}"]
    said = children.start("ledger", *serve, home=home)
    (trust / "ledger.policy").write_text(said["policy"], "utf-8")
    (trust / "ledger.url").write_text(said["url"] + "\n", "utf-8")
    party, line = board.result()
    (trust / "boards.policy").write_text(f"{line}\n", "utf-8")
    _hand_out(trust, party.home)
    relay = folder / "relay"
    relay.mkdir()
    words = ("relay", "serve", "--trust", trust, "--port", str(children.port()))
    relay_url = str(children.start("relay", *words, home=relay)["url"])
    (trust / "relay.url").write_text(relay_url + "\n", "utf-8")
    return _Servers(
        ledger=Server(url=said["url"], vkey=said["vkey"]),
        witnesses=witnesses,
        relay_url=relay_url,
        trust=trust,
        board=party,
    )


def _begin_witness(folder: Path, children: Children, log: str, name: str) -> None:
    home = folder / _role(name)
    home.mkdir()
    words = ("ledger", "witness", "--name", name, "--log", log)
    children.begin(_role(name), *words, "--port", str(children.port()), home=home)


def _witness(said: dict[str, Any]) -> Server:
    return Server(url=said["url"], vkey=said["vkey"])


def _role(witness: str) -> str:
    return f"witness-{witness}"


def _found_board(folder: Path) -> tuple[Party, str]:
    """A board with keys of its own, and the line that makes it trusted."""
    board = _party(folder, "State Medical Board", "board")
    said = _do(board, "board", "init", "--name", "state-medical-board")
    return board, str(said["policy"])


def _open_clinic(folder: Path, servers: _Servers, doctor: _Doctor) -> Reader:
    """A desk with keys, an accreditation in the ledger, and a card."""
    clinic = _party(folder, doctor.clinic, doctor.folder)
    card = folder / f"{doctor.folder}.hwcard"
    request, answer = (clinic.home / name for name in ("request", "answer"))
    _do(clinic, "clinic", "init", "--trust", servers.trust)
    _do(clinic, "clinic", "card", "--out", request)
    with _AT_THE_BOARD:
        _do(
            servers.board,
            *("board", "issue", request, "--name", doctor.name, "--role", doctor.role),
            *("--days", _LICENCE_DAYS, "--out", answer),
        )
    _do(clinic, "clinic", "sync")
    asked = ("--accreditation", answer, "--relay", servers.relay_url, "--out", card)
    _do(clinic, "clinic", "card", *asked)
    return Reader(party=clinic, card=card)


def _make_wallet(folder: Path) -> Party:
    maya = _party(folder, "Maya", "maya")
    _do(maya, "init")
    return maya


def _party(folder: Path, name: str, place: str) -> Party:
    """A home, and a file with a passphrase drawn for it."""
    home, secret = folder / place, folder / f"{place}.passphrase"
    home.mkdir()
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_hex(16) + "\n", "ascii")
    return Party(name=name, home=home, passphrase_file=secret)


def _hand_out(trust: Path, home: Path) -> None:
    """Give a home the public files that say whom to trust and where to ask."""
    shutil.copytree(trust, home / "trust", dirs_exist_ok=True)


def _do(party: Party, *words: str | Path) -> Said:
    said = ask(*words, home=party.home, passphrase_file=party.passphrase_file)
    if said.code != 0:
        done = " ".join(map(str, words[:2]))
        raise DemoError(f"{party.name}: {done} ended with {said.code}: {said.data}")
    return said
