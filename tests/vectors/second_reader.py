"""A second reader of our vectors, written from PROTOCOL.md alone.

    python -m tests.vectors.second_reader

says that every value of story.json and story.hwp follows from the page. It imports
nothing of `wallet`: where both readers agree, that is what the page says.
"""

import hmac
import json
from functools import cache
from pathlib import Path

from mnemonic import Mnemonic

from tests.support import hpke_oracle
from tests.vectors import page_tools as page
from tests.vectors.page_tools import s1, sha, u16, u32, whole, x

HERE = Path(__file__).parent
NOON = 1_795_521_600  # 2026-11-24 12:00 UTC, the story's now
DAY = 86_400
BEGINS, ENDS = NOON + 600, NOON + 90 * DAY + 600
ASKED, RELEASED, LISTED = NOON + 900, NOON + 901, NOON + 960


@cache
def receipt_tree(secret):
    """Receipt public keys 0 to 1023 of a grant."""
    return [page.ed_public(x(secret, "receipt", u32(k))) for k in range(1_024)]


@cache
def spoken(reader):
    """Places of the six words in the list, from 1."""
    bits = int.from_bytes(page.pbkdf2(reader, b"heartwood/1/words", 200_000), "big")
    return [(bits >> 190 >> shift & 2047) + 1 for shift in range(55, -1, -11)]


def in_bytes(value):
    """Hex back to bytes, in lists as well."""
    if isinstance(value, list):
        return [in_bytes(item) for item in value]
    return bytes.fromhex(value) if isinstance(value, str) else value


def stamped(part, leaf):
    """Section 3: a stamp of 8 bytes that is worth the story's 12 zero bits."""
    digest = sha(b"heartwood/1/stamp\0" + leaf + part["stamp"])
    zeros = 256 - int.from_bytes(digest, "big").bit_length()
    return (len(part["stamp"]), part["stamp_bits"]) == (8, 12) and zeros >= 12


class Story:
    """One share, one opening, one withdrawal; every method checks one step."""

    def __init__(self, story, package):
        self.origin = story["origin"]
        self.words = story["reader_words"]
        parts = {
            name: {key: in_bytes(value) for key, value in story[name].items()}
            for name in ("drawn", "parties", "share", "open", "withdraw")
        }
        self.drawn, self.parties = parts["drawn"], parts["parties"]
        self.share, self.open = parts["share"], parts["open"]
        self.withdraw, self.package = parts["withdraw"], package
        self.log = (self.origin, self.parties["log_public"])
        self.witness = ("witness.example", self.parties["witness_public"])

    def check(self):
        """Every step in its order; any fault is an exception."""
        self.keys()
        self.card()
        self.permission()
        self.content_key()
        self.stream()
        self.shares()
        self.receipts_and_order()
        self.logged_grant()
        self.opening()
        self.request()
        self.ending()

    def signed(self, data, name, public, nonce, number):
        """A statement's own fields, after type, version and nonce."""
        fields = s1(data, name, self.origin, public)
        common = {1: number, 2: 1, 15: self.drawn[f"{nonce}-nonce"]}
        assert {key: fields.pop(key) for key in common} == common
        return fields

    def opened(self, who, sealed, label, context):
        """HPKE with a seed of one of the parties."""
        return hpke_oracle.open_sealed(who, sealed, label=label, context=context)

    # --- section 2 and 4 -----------------------------------------------------------

    def keys(self):
        """Five keys from seed, person, dev and number."""
        parties, share = self.parties, self.share
        numbers = (parties["person"], parties["dev"], parties["number"])
        context = u16(numbers[0]) + u16(numbers[1]) + u32(numbers[2])
        labels = ("ledger", "control", "pair-sign", "pair-seal", "grant-secret")
        made = [x(parties["seed"], label, context) for label in labels]
        names = ("lk_seed", "ck_seed", "ps_seed", "pair_seal_seed", "gs")
        assert made == [share[name] for name in names]
        for name in ("lk", "ck", "ps"):
            assert page.ed_public(share[f"{name}_seed"]) == share[f"{name}_public"]
        assert hpke_oracle.public(share["pair_seal_seed"]) == share["pair_seal_public"]

    def card(self):
        """The reader's card, its reader id, its six words and its accreditation."""
        parties = self.parties
        signing = page.ed_public(parties["card_seed"])
        card = self.signed(parties["card"], "card", signing, "card", 100)
        sealing = hpke_oracle.public(parties["sealing_seed"])
        reader = sha(b"heartwood/1/reader\0" + signing + sealing)
        assert reader == parties["reader_id"]
        assert card == {
            60: signing,
            61: sealing,
            62: "https://relay.example",
            63: self.origin,
            64: NOON - DAY,
            65: NOON + 365 * DAY,
            66: self.origin,
            67: 0,
            68: bytes(32),
            69: parties["accreditation_body"],
        }
        assert whole(card[69]) == {
            70: "Dr. Amara Osei",
            71: "C-1",
            72: "Cardiologist",
            73: reader,
            74: NOON - DAY,
            75: NOON + 900 * DAY,
        }
        assert [place for place, _ in self.words] == spoken(reader)
        english = Mnemonic("english").wordlist
        assert all(english[place - 1] == word for place, word in self.words)

    # --- Share ---------------------------------------------------------------------

    def permission(self):
        """2 to 6: body, C, G, E and leaf."""
        share, drawn = self.share, self.drawn
        body, g = share["body"], share["g"]
        fields = self.signed(g, "permission", share["ps_public"], "permission", 101)
        assert whole(body) == {1: 101, 2: 1, 15: drawn["permission-nonce"], **fields}
        assert whole(g[1:])[2] == body
        assert fields == {
            20: drawn["id"],
            21: self.parties["reader_id"],
            22: share["ps_public"],
            23: share["pair_seal_public"],
            24: {1: [{1: ["medicine", "test"], 3: 0}], 2: [], 3: None, 4: []},
            25: "TREAT",
            26: BEGINS,
            27: ENDS,
            28: 3_600,
            29: False,
            30: self.origin,
            31: share["lk_public"],
            32: share["ck_public"],
            33: share["gs"],
            34: "https://relay.example",
        }
        assert share["c"] == hmac.digest(drawn["salt"], body, "sha256")
        entry = self.signed(share["e"], "grant", share["lk_public"], "entry", 20)
        assert entry == {6: share["c"], 7: share["lk_public"], 8: share["ck_public"]}
        assert len(share["e"]) == 213
        assert share["leaf"] == page.leaf(share["e"])

    def content_key(self):
        """7 and 10: object and K."""
        share, drawn = self.share, self.drawn
        assert share["object"] == x(share["gs"], "object", u32(0), 16)
        info = b"heartwood/1/content\0" + share["object"]
        both = drawn["a"] + drawn["b"]
        assert share["k"] == page.hkdf(both, share["leaf"], info, 32)

    def stream(self):
        """8, 9, 11 and 12: manifest, T, head, key, commitment, chunks."""
        share, salt = self.share, self.drawn["stream-salt"]
        head = b"HWP1\x01" + u32(65_536) + salt
        both = page.hkdf(share["k"], salt, head, 64)
        assert both == share["stream_key"] + share["commit"]
        assert self.package[:73] == share["head"] + share["commit"]
        assert share["head"] == head
        sealed = page.chunks(self.package)
        assert share["chunks"] == [[len(one), sha(one)] for one in sealed]
        assert len(sealed) > 1
        plain = page.decrypt(share["stream_key"], sealed)
        assert (share["t_size"], share["t_sha256"]) == (len(plain), sha(plain))
        size = int.from_bytes(plain[:4], "big")
        assert plain[4 : 4 + size] == share["m"]
        fields = self.signed(
            share["m"], "manifest", share["ps_public"], "manifest", 102
        )
        parts = fields.pop(38)
        assert fields == {20: self.drawn["id"], 35: share["leaf"], 36: 0, 37: NOON}
        at = 4 + size
        for _, length, digest in parts:
            assert sha(plain[at : at + length]) == digest
            at += length
        assert not plain[at:].strip(b"\0")
        assert len(plain) == page.padme(at)
        assert [name for name, _, _ in parts] == [
            "START-HERE.html",
            "fhir/patient-shared.json",
        ]

    def shares(self):
        """13 and 15: SB and the grant file, with one share and with both."""
        share, drawn, parties = self.share, self.drawn, self.parties
        context = share["leaf"] + share["object"]
        seed = parties["sealing_seed"]
        assert self.opened(seed, share["sb"], "share", context) == drawn["b"]
        assert len(share["sb"]) == 1_168
        parts = [share["g"], drawn["salt"], share["e"], drawn["a"]]
        for name, share_b in (("file", None), ("stick_file", drawn["b"])):
            data = share[name]
            z = data[14:-32]
            assert data[:14] == b"HWGRANT1" + u16(1) + u32(len(z))
            assert data[-32:] == sha(data[:-32])
            padded = self.opened(seed, z, "permission", parties["reader_id"])
            assert padded == share[f"{name}_padded"]
            assert whole(page.unpad(padded)) == [*parts, share_b]
            assert len(data) == 3_230

    def receipts_and_order(self):
        """14 and 18: the receipt tree's root and the order that deposits."""
        share = self.share
        hashes = [page.leaf(key) for key in receipt_tree(share["gs"])]
        assert share["root_0"] == page.perfect_root(hashes)
        order = self.signed(share["put"], "order", share["lk_public"], "order", 104)
        assert (share["p_sha256"], share["p_size"]) == (
            sha(self.package),
            len(self.package),
        )
        assert order == {
            35: share["leaf"],
            39: 0,
            40: share["object"],
            41: share["p_sha256"],
            42: share["p_size"],
            43: share["sb"],
            44: 0,
            45: share["root_0"],
            46: NOON,  # down to the hour, and up
            47: NOON + 90 * DAY + 3_600,
        }

    def logged_grant(self):
        """17 and 19: the stamp, the index, the proof under the witness's eye."""
        share = self.share
        assert stamped(share, share["leaf"])
        self.logged(share, share["e"], [])

    def logged(self, part, entry, path):
        """The newest entry's tlog-proof: right of everything before it."""
        here = page.leaf(entry)
        for step in path:
            here = page.node(step, here)
        size = part["index"] + 1
        facts = (self.origin, size, here)
        assert page.open_proof(part["tlog_proof"], self.log, self.witness) == (
            part["index"],
            path,
            facts,
        )

    # --- Open ----------------------------------------------------------------------

    def opening(self):
        """5 to 9: receipt key, D, SD, R, RE."""
        share, opened, drawn = self.share, self.open, self.drawn
        public = opened["receipt_public"]
        assert public == page.ed_public(opened["receipt_seed"])
        assert opened["receipt_seed"] == x(share["gs"], "receipt", u32(opened["k"]))
        signing = page.ed_public(self.parties["card_seed"])
        details = self.signed(opened["d"], "details", signing, "details", 103)
        assert details == {
            35: share["leaf"],
            40: share["object"],
            48: public,
            49: drawn["receipt-salt"],
            50: "Dr. Amara Osei",
            51: None,
            52: "TREAT",
            53: ASKED,
            54: 0,
        }
        context = share["leaf"] + public
        seed = share["pair_seal_seed"]
        padded = self.opened(seed, opened["sd"], "details", context)
        assert padded == opened["d_padded"]
        assert page.unpad(padded) == opened["d"]
        assert opened["r"] == sha(
            b"heartwood/1/receipt\0"
            + drawn["receipt-salt"]
            + share["object"]
            + share["leaf"]
            + sha(opened["sd"])
        )
        entry = self.signed(opened["re"], "receipt", public, "receipt", 30)
        assert entry == {6: opened["r"], 7: public}
        assert len(opened["re"]) == 179

    def request(self):
        """10 and 11: the stamp, the proof, and the list the relay is handed."""
        share, opened = self.share, self.open
        assert stamped(opened, page.leaf(opened["re"]))
        self.logged(opened, opened["re"], [share["leaf"]])
        path = opened["path"]
        assert whole(opened["request"]) == [
            share["leaf"],
            share["object"],
            opened["k"],
            path,
            opened["re"],
            opened["tlog_proof"],
            self.drawn["receipt-salt"],
            opened["sd"],
            0,
        ]
        place = opened["k"] % 1_024
        assert len(path) == 10
        assert (
            page.climb(page.leaf(opened["receipt_public"]), place, path)
            == (share["root_0"])
        )
        assert opened["answer"] == share["sb"]

    # --- Withdraw ------------------------------------------------------------------

    def ending(self):
        """2 to 6: notice, stop file, status change, list and delete orders."""
        ending, leaf = self.withdraw, self.share["leaf"]
        control, ledger = self.share["ck_public"], self.share["lk_public"]
        notice = self.signed(ending["n"], "notice", control, "notice", 105)
        assert notice == {5: leaf, 6: 1}
        n = ending["n"]
        assert ending["stop_file"] == b"HWSTOP1\n" + u32(len(n)) + n
        change = self.signed(ending["w"], "status", control, "status", 3)
        assert change == {4: self.share["index"], 5: leaf, 6: 1, 7: 1}
        receipt = page.leaf(self.open["re"])
        self.logged(ending, ending["w"], [page.node(leaf, receipt)])
        # What the relay answers: place, index of RE, when it released.
        assert whole(ending["releases"]) == [
            [self.open["k"], self.open["index"], RELEASED]
        ]
        asked = self.signed(ending["list"], "order", ledger, "list", 104)
        assert asked == {35: leaf, 39: 2, 53: LISTED}
        order = self.signed(ending["delete"], "order", ledger, "delete", 104)
        assert order == {35: leaf, 39: 3}


def load():
    """The story and its package, as they lie beside this file."""
    text = (HERE / "story.json").read_text(encoding="utf-8")
    return json.loads(text), (HERE / "story.hwp").read_bytes()


if __name__ == "__main__":
    Story(*load()).check()
    print("story.json and story.hwp follow from PROTOCOL.md")  # noqa: T201 a command
