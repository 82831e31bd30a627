"""schemathesis, as a program of its own, against every server of a ledger.

    python -m tests.foreign.http_fuzz [SECONDS]      `make fuzz-http SECONDS=600`

It reads packaging/openapi*.json and sends what they allow and what they do not; all its
checks are on (`schemathesis.toml`). What no schema describes, entries, notes and orders
that are good, `Bodies` hands it: so that good data is answered as good data.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.foreign.tools import fuzzer
from tests.support.ledger_servers import ORIGIN, Process
from tests.support.relay_world import tree
from tests.support.roles_world import RolesWorld, old_request
from tests.support.world import NOON, clinic, issued
from wallet.cbor import encode
from wallet.grants import order, receipt, withdrawal
from wallet.keys.derivation import receipt_key
from wallet.keys.signing import Signer
from wallet.ledger import proof, stamp
from wallet.ledger.checkpoint import parse_note
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_receipt,
    build_status,
    leaf_hash,
)
from wallet.ledger.tiles import encode_bundle

PROJECT = Path(__file__).parents[2]
SECONDS = 60.0
BITS = 14  # worth it while a pool is a quarter full
SHARE = {"ledger": 5, "mirror": 2, "relay": 2, "witness": 1, "monitor": 1}
QUICK = ("--phases", "coverage,fuzzing", "--max-examples", "12")


class Servers:
    """A ledger, three witnesses, a mirror, a relay and a monitor, and good bodies."""

    def __init__(self, folder):
        self.roles = RolesWorld(folder)
        trust = folder / "trust"
        trust.mkdir()
        policy = self.roles.policy_path
        (trust / "ledger.policy").write_bytes(policy.read_bytes())
        (trust / "ledger.url").write_text(self.roles.url)
        home = ("--home", str(folder / "relay"))
        self.relay = Process(*home, "relay", "serve", "--trust", str(trust))
        home = ("--home", str(folder / "monitor"))
        words = ("--policy", str(policy), "--from", self.roles.url, "--interval", "1")
        self.monitor = Process(*home, "ledger", "monitor", *words)

    def begin(self):
        """Wait until all listen."""
        self.relay.hear()
        self.monitor.hear()

    @property
    def urls(self):
        return {
            "ledger": self.roles.url,
            "witness": self.roles.witnesses[0].said["url"],
            "mirror": self.roles.mirror_url,
            "relay": self.relay.said["url"],
            "monitor": self.monitor.said["url"],
        }

    @property
    def gone(self):
        """The names of those that have ended, which nobody asked for."""
        made = {
            "ledger": self.roles.server,
            "witness": self.roles.witnesses[0],
            "mirror": self.roles.mirror,
            "relay": self.relay,
            "monitor": self.monitor,
        }
        return [name for name, one in made.items() if one.process.poll() is not None]

    def close(self):
        for one in (self.relay, self.monitor):
            if one.process.poll() is None:
                one.stop()
        self.roles.close()


class Bodies:
    """Good bodies by the format that the files name, and stamps by body."""

    def __init__(self, roles):
        self._roles = roles
        self.formats, self.stamps = {}, {}
        self._entries()
        self._notes()
        self._relayed()

    def write(self, path):
        hexed = {
            f"heartwood-{name}": [one.hex() for one in made]
            for name, made in self.formats.items()
        }
        stamps = {body.hex(): told.hex() for body, told in self.stamps.items()}
        path.write_text(json.dumps({"formats": hexed, "stamps": stamps}))

    def _entries(self):
        made = [_grant(n) for n in range(12)]
        stamps = {one: stamp.find(leaf_hash(one), BITS) for one in made}
        posts = [made[at : at + 3] for at in range(0, 12, 3)]
        self.stamps = stamps | {
            encode_bundle(post): b"".join(stamps[one] for one in post) for post in posts
        }
        self.formats["entries"] = [encode_bundle(post) for post in posts]
        target = _grant(99)
        index = self._roles.submit(target)
        ends = [_end(index, target, seq) for seq in (1, 2)]
        self.formats["entry"] = [*made, *ends]
        self.formats["change"] = [_end(index, target, 3)]
        self._roles.published(index)

    def _notes(self):
        note = self._roles.client.checkpoint()
        log = self._roles.policy.log(ORIGIN)
        bare = parse_note(note).with_only(log)
        self.formats["growth"] = [old_request(0, bare), old_request(1, note)]
        name = ORIGIN.encode()
        counts = [(0, 1), (0, parse_note(note).checkpoint.size)]
        self.formats["upload"] = [
            len(name).to_bytes(2, "big")
            + name
            + b"".join(count.to_bytes(8, "big") for count in pair)
            + bytes(2)
            for pair in counts
        ]

    def _relayed(self):
        made, package, keys = issued(clinic())
        grant = keys.grant(0)
        index = self._roles.submit(made.entry)

        def message(signed):
            return encode([ORIGIN, made.entry, signed])

        head = message(made.order)
        self.formats["deposit"] = [len(head).to_bytes(4, "big") + head + package]
        asked = order.ask_list(
            grant.ledger, origin=ORIGIN, leaf=made.leaf, asked_at=int(time.time())
        )
        self.formats["order"] = [message(asked)]
        notice = withdrawal.sign_notice(grant.control, origin=ORIGIN, leaf=made.leaf)
        self.formats["notice"] = [message(notice)]
        self.formats["release"] = [self._release(made, grant)]
        self._roles.published(index)

    def _release(self, made, grant):
        """A release request whose receipt is logged."""
        key, salt, leaf = receipt_key(grant.secret, 0), b"s" * 32, made.leaf
        name = made.deposit.object_id
        told = receipt.Details(
            leaf=leaf,
            object_id=name,
            receipt_key=key.public,
            salt=salt,
            who="Elm Street",
            staff=None,
            purpose="TREAT",
            asked_at=NOON,
            manner=receipt.Manner.RELAY,
        )
        sealed = receipt.seal_details(
            receipt.sign_details(clinic().signer, told, origin=ORIGIN),
            pair_seal=made.permission.pair_seal,
            leaf=leaf,
            key=key.public,
        )
        commitment = receipt.commitment(
            salt=salt, object_id=name, leaf=leaf, sealed_details=sealed
        )
        entry = build_receipt(key, origin=ORIGIN, commitment=commitment)
        index = self._roles.submit(entry)
        note = self._roles.published(index)
        size = note.checkpoint.size
        path = self._roles.tree(size).inclusion(index, size)
        return receipt.ReleaseRequest(
            leaf=leaf,
            object_id=name,
            place=0,
            path=receipt.tree_path(tree(grant.secret), 0),
            entry=entry,
            proof=proof.write(index, path, note.raw),
            salt=salt,
            sealed_details=sealed,
            manner=receipt.Manner.RELAY,
        ).encode()


def _grant(number):
    return build_grant(
        Signer.from_seed(number.to_bytes(32, "big")),
        origin=ORIGIN,
        commitment=bytes(32),
        control_public=_CONTROL.public,
        nonce=number.to_bytes(16, "little"),
    )


def _end(index, target, seq):
    told = StatusChange(index=index, leaf=leaf_hash(target), state=State.ENDED, seq=seq)
    return build_status(_CONTROL, origin=ORIGIN, change=told, nonce=bytes(16))


_CONTROL = Signer.from_seed(b"h" * 32)


@contextmanager
def standing(folder):
    """The servers and the file of good bodies."""
    servers = Servers(folder)
    try:
        servers.begin()
        bodies = folder / "bodies.json"
        Bodies(servers.roles).write(bodies)
        yield servers, bodies
    finally:
        servers.close()


def told_by(name):
    """The file that tells of one kind of server."""
    file = "openapi.json" if name == "ledger" else f"openapi-{name}.json"
    return PROJECT / "packaging" / file


def ask(told, url, bodies, *, seed, words):
    """Let it ask one server; the finished process, with what it said."""
    command = [
        *fuzzer("schemathesis"),
        "--config-file",
        PROJECT / "tests/foreign/schemathesis.toml",
        "run",
        told,
        "--url",
        url,
        "--checks",
        "all",
        "--seed",
        str(seed),
        "--continue-on-failure",
        "--generation-database",
        "none",
        "--request-timeout",
        "60",
        "--warnings",
        "off",
        "--no-color",
        *words,
    ]
    settings = {"HEARTWOOD_BODIES": str(bodies), "PYTHONPATH": str(PROJECT)}
    settings["SCHEMATHESIS_HOOKS"] = "tests.foreign.http_hooks"
    return subprocess.run(
        command,
        env={**os.environ, **settings},
        cwd=bodies.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def main():
    """Ask every server in turn, each for its share of the time; exit 1 on a defect."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    seed = int(os.environ.get("SEED", time.time_ns() % (1 << 32)))
    broken = []
    with tempfile.TemporaryDirectory() as place, standing(Path(place)) as made:
        servers, bodies = made
        for name, url in servers.urls.items():
            share = max(int(seconds * SHARE[name] / sum(SHARE.values())), 1)
            words = ("--max-time", str(share), "--max-failures", "20")
            done = ask(told_by(name), url, bodies, seed=seed, words=words)
            print(done.stdout[-6_000:] if done.returncode else _cases(done.stdout))
            print(f"fuzz-http: {name}, {share} s, exit {done.returncode}", flush=True)
            broken += [name] if done.returncode else []
        broken += servers.gone
    said = f"broken: {', '.join(broken)}" if broken else "no defect"
    print(f"fuzz-http: {said} in {seconds:.0f} s, seed {seed}")
    return 1 if broken else 0


def _cases(said):
    """The line that says how much was tried."""
    return said[said.rfind("Test cases:") :].partition("\n\n")[0]


if __name__ == "__main__":
    sys.exit(main())
