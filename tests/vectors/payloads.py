"""Every payload of PROTOCOL.md 3, 4, 11 and 12: a whole one, and what each field is.

Kinds are written from the page, so that a shape in the code is not its own judge.
"""

from dataclasses import dataclass
from typing import Any

from tests.support.world import NOON, ORIGIN, body_for, clinic, issued
from wallet.cbor import decode, encode
from wallet.grants import grant_file, receipt
from wallet.grants.manifest import parse_manifest
from wallet.grants.order import parse_order
from wallet.grants.permission import parse_permission
from wallet.grants.receipt import parse_request
from wallet.grants.withdrawal import check_notice, read_notice
from wallet.keys.sealing import seal
from wallet.keys.signing import Signer, sign_payload
from wallet.ledger.entry import parse_entry
from wallet.practitioners.application import read_answer
from wallet.practitioners.card import AccreditationBody, parse_card
from wallet.statement import NUMBER, Name

YEAR_9999 = 253_402_300_799
READER = clinic()
MADE, PACKAGE, KEYS = issued(READER)
PAIR, GRANT = KEYS.pair(0), KEYS.grant(0)
BOARD = Signer.from_seed(b"b" * 32)


def _bytes(*sizes):
    return lambda value: isinstance(value, bytes) and len(value) in sizes


def _int(low, high):
    return lambda value: type(value) is int and low <= value <= high


def _or_null(kind):
    return lambda value: value is None or kind(value)


KINDS = {
    "key": _bytes(32),
    "id": _bytes(16),
    "sealing key": _bytes(1_216),
    "bytes": lambda value: isinstance(value, bytes),
    "count": _int(0, 2**63 - 1),
    "time": _int(0, YEAR_9999),
    "date or null": _or_null(_int(-62_135_596_800, YEAR_9999)),
    "state": _int(0, 2),
    "end": _int(1, 1),
    "manner": _int(0, 1),
    "order": _int(0, 3),
    "bool": lambda value: isinstance(value, bool),
    "text": lambda value: isinstance(value, str),
    "text or null": _or_null(lambda value: isinstance(value, str)),
    "key or null": _or_null(_bytes(32)),
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}
# One of every type, and bytes and numbers to both sides of every limit.
VALUES = [
    *(None, True, False, "", "x", [], [0], {}, {1: 0}),
    *(-(2**63), -62_135_596_801, -1, 0, 1, 2, 3, 4, YEAR_9999 + 1, 2**63 - 1),
    *map(bytes, (0, 1, 15, 16, 17, 31, 32, 33, 1_215, 1_217)),
]


def wrong_values(kind):
    """What a field of this kind cannot hold."""
    return [value for value in VALUES if not KINDS[kind](value)]


@dataclass(frozen=True, kw_only=True)
class Payload:
    """Fields of a whole payload, the kind of each, and what reads its bytes."""

    fields: dict[int, Any]
    kinds: dict[int, str]
    read: Any  # bytes of the map or list, already encoded -> anything, or a refusal


def _signed(name, signer, fields, kinds, read):
    whole = {1: NUMBER[name], 2: 1, 15: bytes(16), **fields}

    def signed_and_read(payload):
        read(sign_payload(signer, name=name, origin=ORIGIN, payload=payload))

    return Payload(fields=whole, kinds={15: "id", **kinds}, read=signed_and_read)


def _entry(name, signer, fields, kinds):
    return _signed(
        name, signer, fields, kinds, lambda data: parse_entry(data, origin=ORIGIN)
    )


def _order(kind, fields, kinds):
    return _signed(
        Name.ORDER,
        GRANT.ledger,
        {35: MADE.leaf, 39: kind, **fields},
        {35: "key", 39: "order", **kinds},
        lambda data: parse_order(data, origin=ORIGIN, ledger_key=GRANT.ledger.public),
    )


def _fields(signed):
    """The payload of a statement of ours, without type, version and nonce."""
    payload = decode(decode(signed[1:])[2])
    return {key: value for key, value in payload.items() if key not in (1, 2, 15)}


def _details(data):
    key, context = bytes(32), {"leaf": MADE.leaf, "key": bytes(32)}
    sealed = receipt.seal_details(data, pair_seal=PAIR.seal.public, **context)
    receipt.open_details(
        sealed,
        opener=PAIR.seal,
        leaf=MADE.leaf,
        key=key,
        card_key=READER.signer.public,
        origin=ORIGIN,
    )


def _notice(data):
    check_notice(read_notice(data), origin=ORIGIN, control_key=GRANT.control.public)


def _grant_file(plain):
    sealed = seal(
        READER.opener.public,
        label="permission",
        context=READER.reader_id,
        message=grant_file.pad(plain),
    )
    head = b"HWGRANT1\x00\x01" + len(sealed).to_bytes(4, "big")
    data = head + sealed
    data += grant_file.hashlib.sha256(data).digest()
    grant_file.open_grant_file(data, openers=[READER.opener], reader=READER.reader_id)


def _numbered(items):
    return dict(enumerate(items))


SIGNED = {
    "grant": _entry(
        Name.GRANT,
        GRANT.ledger,
        {6: bytes(32), 7: GRANT.ledger.public, 8: GRANT.control.public},
        {6: "key", 7: "key", 8: "key"},
    ),
    "receipt": _entry(
        Name.RECEIPT,
        GRANT.ledger,
        {6: bytes(32), 7: GRANT.ledger.public},
        {6: "key", 7: "key"},
    ),
    "accreditation": _entry(
        Name.ACCREDITATION,
        BOARD,
        {6: bytes(32), 7: BOARD.public, 8: BOARD.public},
        {6: "key", 7: "key", 8: "key"},
    ),
    "status": _entry(
        Name.STATUS,
        GRANT.control,
        {4: 0, 5: MADE.leaf, 6: 1, 7: 1},
        {4: "count", 5: "key", 6: "state", 7: "count"},
    ),
    "status-root": _entry(
        Name.STATUS_ROOT,
        BOARD,
        {4: 0, 5: bytes(32), 6: BOARD.public, 7: 0},
        {4: "count", 5: "key", 6: "key", 7: "count"},
    ),
    "card": _signed(
        Name.CARD,
        READER.signer,
        {
            60: READER.signer.public,
            61: READER.opener.public,
            62: None,
            63: ORIGIN,
            64: NOON,
            65: NOON + 1,
            66: ORIGIN,
            67: 0,
            68: bytes(32),
            69: body_for(READER).encode(),
        },
        {
            60: "key",
            61: "sealing key",
            62: "text or null",
            63: "text",
            64: "time",
            65: "time",
            66: "text",
            67: "count",
            68: "key",
            69: "bytes",
        },
        parse_card,
    ),
    "permission": _signed(
        Name.PERMISSION,
        PAIR.sign,
        _fields(MADE.signed),
        {
            20: "id",
            21: "key",
            22: "key",
            23: "sealing key",
            24: "map",
            25: "text",
            26: "time",
            27: "time",
            28: "time",
            29: "bool",
            30: "text",
            31: "key",
            32: "key",
            33: "key",
            34: "text or null",
        },
        parse_permission,
    ),
    "manifest": _signed(
        Name.MANIFEST,
        PAIR.sign,
        _fields(MADE.manifest),
        {20: "id", 35: "key", 36: "count", 37: "time", 38: "list"},
        lambda data: parse_manifest(data, origin=ORIGIN, pair_sign=PAIR.sign.public),
    ),
    "details": _signed(
        Name.DETAILS,
        READER.signer,
        {
            35: MADE.leaf,
            40: bytes(16),
            48: bytes(32),
            49: bytes(32),
            50: "who",
            51: None,
            52: "TREAT",
            53: NOON,
            54: 0,
        },
        {
            35: "key",
            40: "id",
            48: "key",
            49: "key",
            50: "text",
            51: "text or null",
            52: "text",
            53: "time",
            54: "manner",
        },
        _details,
    ),
    "order put": _order(
        0,
        {
            key: value
            for key, value in _fields(MADE.order).items()
            if key not in (35, 39)
        },
        {
            40: "id",
            41: "key",
            42: "count",
            43: "bytes",
            44: "count",
            45: "key",
            46: "time",
            47: "time",
        },
    ),
    "order new root": _order(1, {44: 1, 45: bytes(32)}, {44: "count", 45: "key"}),
    "order list": _order(2, {53: NOON}, {53: "time"}),
    "order delete": _order(3, {}, {}),
    "notice": _signed(
        Name.NOTICE,
        GRANT.control,
        {5: MADE.leaf, 6: 1},
        {5: "key", 6: "end"},
        _notice,
    ),
}


def _scope(payload):
    whole = {**SIGNED["permission"].fields, 24: decode(payload)}
    SIGNED["permission"].read(encode(whole))


def _clause(payload):
    _scope(encode({1: [decode(payload)], 2: [], 3: None, 4: []}))


def _part(payload):
    rows = list(decode(payload).values())
    SIGNED["manifest"].read(encode({**SIGNED["manifest"].fields, 38: [rows]}))


def _list_of(read):
    return lambda payload: read(encode(list(decode(payload).values())))


_FILE = decode(
    grant_file.unpad(
        READER.opener.open(
            MADE.grant_file[14:-32], label="permission", context=READER.reader_id
        )
    )
)
# Bare maps, and lists by place: what is neither signed itself nor has a version.
BARE = {
    "accreditation body": Payload(
        fields=decode(body_for(READER).encode()),
        kinds={70: "text", 71: "text", 72: "text", 73: "key", 74: "time", 75: "time"},
        read=AccreditationBody.parse,
    ),
    "scope": Payload(
        fields={1: [{}], 2: [], 3: None, 4: []},
        kinds={1: "list", 2: "list", 3: "text or null", 4: "list"},
        read=_scope,
    ),
    "manifest part": Payload(
        fields=_numbered(["a", 1, bytes(32)]),
        kinds={0: "text", 1: "count", 2: "key"},
        read=_part,
    ),
    "grant file": Payload(
        fields=_numbered(_FILE),
        kinds={0: "bytes", 1: "key", 2: "bytes", 3: "key", 4: "key or null"},
        read=_list_of(_grant_file),
    ),
    "release request": Payload(
        fields=_numbered(
            [
                MADE.leaf,
                bytes(16),
                0,
                [bytes(32)] * 10,
                b"entry",
                b"proof",
                bytes(32),
                b"sealed",
                0,
            ]
        ),
        kinds={
            0: "key",
            1: "id",
            2: "count",
            3: "list",
            4: "bytes",
            5: "bytes",
            6: "key",
            7: "bytes",
            8: "manner",
        },
        read=_list_of(parse_request),
    ),
    "board's answer": Payload(
        fields=_numbered([ORIGIN, 0, bytes(32), body_for(READER).encode()]),
        kinds={0: "text", 1: "count", 2: "key", 3: "bytes"},
        read=_list_of(lambda data: read_answer(b"HWACCR1\n" + data)),
    ),
}
CLAUSE = Payload(
    fields={1: ["a"], 2: ["a"], 3: 0, 4: 1, 5: ["a"], 6: ["a"]},
    kinds={
        1: "list",
        2: "list",
        3: "date or null",
        4: "date or null",
        5: "list",
        6: "list",
    },
    read=_clause,
)
