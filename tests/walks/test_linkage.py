"""Two permissions of one patient share nothing but what the records themselves say.

The measure is a world in which two *different* patients hold the same records: what
two clinics of one patient have in common must be no more than what those two have.
Every run of 8 bytes or more is listed by what explains it.
"""

from collections import Counter

import pytest

from tests.support.wallets import bring_in, bundle, observation, open_wallet
from tests.support.whole_world import ORIGIN, RELAY, WholeWorld
from wallet.actions.patient import gathering
from wallet.grants.grant_file import open_grant_file
from wallet.grants.scope import Scope
from wallet.keys.derivation import PatientKeys
from wallet.verdict import Reason

SHORTEST = 8
# A fresh name may begin alike by chance, as `"id":"1`; a link is there every time.
_TURNS = 12
MAYA, TOM = PatientKeys(7, b"s" * 32), PatientKeys(9, b"t" * 32)
PUBLIC = (ORIGIN.encode(), RELAY.encode())
OURS = bundle(
    {
        "resourceType": "Patient",
        "id": "maya",
        "name": [{"family": "Lindqvist", "given": ["Maya"]}],
        "birthDate": "1951-03-02",
    },
    *(observation(n, note=[{"text": f"A note of its own, {n}"}]) for n in range(4)),
    {
        "resourceType": "Condition",
        "id": "c1",
        "code": {"text": "Atrial fibrillation"},
        "onsetDateTime": "2019-05-06",
        "subject": {"reference": "Patient/maya"},
    },
)
THEIRS = bundle(
    {
        "resourceType": "Patient",
        "id": "p-9",
        "name": [{"family": "Okafor", "given": ["Tom"]}],
        "birthDate": "1988-11-30",
    },
    {
        "resourceType": "Immunization",
        "id": "i1",
        "status": "completed",
        "vaccineCode": {"text": "Yellow fever"},
        "occurrenceDateTime": "2021-08-09",
        "patient": {"reference": "Patient/p-9"},
    },
)


def held_by_two_clinics(folder, first, second):
    """All bytes that two clinics hold of a permission each; (keys, records) of both."""
    folder.mkdir()
    world = WholeWorld(folder)
    try:
        return [
            _held(world, name, *patient)
            for name, patient in (("elm", first), ("oak", second))
        ]
    finally:
        world.close()


def _held(world, name, keys, records):
    desk, world.keys = world.add_clinic(name), keys
    world.turn(seconds=4_321)
    with open_wallet(world.folder / f"patient-{name}") as wallet:
        bring_in(wallet, world.folder, records)
        gathered = gathering.gather(wallet, Scope(), now=world.now)
        shared = world.share(desk, parts=gathered.parts)
    assert desk.open(shared.made.grant_file, f"out-{name}") is Reason.GO_AHEAD
    world.turn(seconds=99)
    world.ledger.submit(world.change(shared, 1, seq=1))
    desk.network.sync()
    clinic = desk.clinic
    parts = open_grant_file(
        shared.made.grant_file, openers=[clinic.opener], reader=clinic.reader_id
    ).parts
    opened = sorted((world.folder / f"out-{name}").rglob("*"))
    receipts = clinic.desk.receipts()
    return [
        shared.made.grant_file,
        shared.package,
        shared.made.manifest,
        *(parts.signed, parts.salt, parts.entry, parts.share_a),
        *(path.read_bytes() for path in opened if path.is_file()),
        *(part for one in receipts for part in (one.entry, one.salt, one.leaf)),
        *(part for one in receipts for part in (one.sealed_details, one.object_id)),
        # Of the ledger, which is public: what is about this permission.
        world.change(shared, 1, seq=1),
    ]


def grams(pieces):
    return {
        piece[n : n + SHORTEST]
        for piece in pieces
        for n in range(len(piece) - SHORTEST + 1)
    }


def in_common(clinics):
    first, second = clinics
    return grams(first) & grams(second)


def listed(pieces, formats, records):
    """Every common run in *pieces*, by what explains it; '' where nothing does."""
    runs = set()
    for piece in pieces:
        kind, start = None, 0
        for n in range(len(piece) - SHORTEST + 2):
            gram = piece[n : n + SHORTEST]
            here = _explained(gram, formats, records)
            if here != kind:
                if kind is not None:
                    runs.add((kind, piece[start : n + SHORTEST - 1]))
                kind, start = here, n
    return runs


def _explained(gram, formats, records):
    if len(gram) < SHORTEST:
        return None
    if any(gram in word for word in PUBLIC):
        return "public: ledger and relay"
    if gram in formats:
        return "constant of a format"
    return "what the records say" if gram in records else None


@pytest.fixture
def measured(tmp_path):
    """What two patients have in common: with the same records, and with others."""
    same = held_by_two_clinics(tmp_path / "same", (MAYA, OURS), (TOM, OURS))
    other = held_by_two_clinics(tmp_path / "other", (MAYA, OURS), (TOM, THEIRS))
    return in_common(same), in_common(other)


def unexplained(folder, records, keys=MAYA):
    """Grams two clinics of one patient have in common, and two patients have not."""
    clinics = held_by_two_clinics(folder, (keys, OURS), (keys, OURS))
    return clinics, in_common(clinics) - records


def test_what_two_clinics_of_one_patient_share_is_what_the_records_say(
    measured, tmp_path, capsys
):
    records, formats = measured
    clinics, left = unexplained(tmp_path / "one", records)
    for n in range(_TURNS):
        if not left:
            break
        clinics, again = unexplained(tmp_path / f"again-{n}", records)
        left &= again
    assert left == set()
    runs = listed(clinics[0], formats, records)
    counts = Counter(kind for kind, _ in runs)
    with capsys.disabled():
        print(f"\n{_table(runs)}")  # noqa: T201 a command
    assert counts["what the records say"] > 5
    said = {run for kind, run in runs if kind == "what the records say"}
    assert any(b"Lindqvist" in run for run in said)
    assert set(counts) <= {
        "public: ledger and relay",
        "constant of a format",
        "what the records say",
    }


def _table(runs):
    lines = []
    for kind in sorted({kind for kind, _ in runs}):
        found = sorted((run for one, run in runs if one == kind), key=len)
        lines.append(f"{kind}: {len(found)} runs, {sum(map(len, found))} bytes")
        lines += [f"    {run[:60]!r}" for run in found[-4:]]
    return "\n".join(lines)


class OnePair:
    """A careless wallet: every reader knows it by the same two keys."""

    grant = MAYA.grant

    def pair(self, _number):
        return MAYA.pair(0)


def test_a_key_that_two_readers_know_would_be_seen(measured, tmp_path):
    """The measure itself catches what it is there to catch."""
    records, _ = measured
    _, left = unexplained(tmp_path / "one", records, OnePair())
    for key in (MAYA.pair(0).sign.public, MAYA.pair(0).seal.public[:32]):
        assert {key[n : n + SHORTEST] for n in range(25)} <= left
