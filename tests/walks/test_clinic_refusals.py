"""Each way a permission does not open: its reason, its exit code, an empty folder.

Real servers, the real `heartwood clinic check` and `heartwood clinic open`.
"""

import hashlib
import tempfile
from collections import Counter

import pytest

from tests.support.command_world import (
    NOBODY,
    ORIGIN,
    PLANTED,
    CommandWorld,
    here,
    patiently,
)
from wallet.actions.clinic.home import ClinicHome, enter
from wallet.actions.demo.children import Children
from wallet.errors import RefusedError
from wallet.grants.grant_file import open_grant_file, write_grant_file
from wallet.keys import keyfile
from wallet.keys.keyfile import Cost
from wallet.keys.signing import Signer
from wallet.ledger.entry import (
    State,
    StatusChange,
    build_grant,
    build_status,
    parse_entry,
)
from wallet.verdict import Reason, Status, Verdict

HOUR = 3_600
STOP, CANNOT_TELL = 1, 3


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refusals")
    cheap = pytest.MonkeyPatch()
    create = keyfile.create
    cheap.setattr(
        keyfile,
        "create",
        lambda path, *, passphrase, cost=None: create(
            path, passphrase=passphrase, cost=Cost(memory=64, passes=1, lanes=1)
        ),
    )
    with Children(folder / "logs") as children:
        made = CommandWorld(folder, children, witnesses=("w1", "w2"), run=here)
        made.liar = made.lie()
        yield made
        made.patient.network.close()
    cheap.undo()


@pytest.fixture
def temp(tmp_path, monkeypatch):
    """Where this process puts temporary files; nothing may stay."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def fresh(world, name, **more):
    """A desk of its own for one case, with the newest copy of the ledger."""
    desk = world.desk(name)
    assert desk("sync").code == 0
    for place, text in more.items():
        (desk.home / "trust" / f"ledger.{place}").write_text(text)
    return desk


# --- the cases: a desk, a grant file ----------------------------------------------


def another_clinics_key(world):
    _, _, file, _ = world.patient.share()
    return world.other("other"), file


def sealed_again_to_a_third(world):
    """The clinic forwards what it was given, sealed to somebody it likes."""
    _, _, file, _ = world.patient.share()
    third = world.other("third")
    clinic = unlock(world, world.folder / "clinic")
    parts = open_grant_file(
        file.read_bytes(), openers=[clinic.opener], reader=clinic.reader_id
    ).parts
    clinic.close()
    to = unlock(world, third.home)
    forwarded = world.folder / "forwarded.hwgrant"
    forwarded.write_bytes(
        write_grant_file(parts, sealing_key=to.opener.public, reader=to.reader_id)
    )
    to.close()
    return third, forwarded


def before_the_start(world):
    _, _, file, _ = world.patient.share(begins=HOUR, ends=2 * HOUR)
    return fresh(world, "early"), file


def after_the_end(world):
    _, _, file, _ = world.patient.share(begins=-2 * HOUR, ends=-HOUR, deposit=False)
    return fresh(world, "late"), file


def after_withdrawal(world):
    made, grant, file, _ = world.patient.share()
    desk = fresh(world, "told-by-the-ledger")
    assert desk("check", file).code == 0
    world.patient.withdraw(made, grant)
    assert desk("sync").code == 0
    return desk, file


def after_a_withdrawal_by_file(world):
    made, grant, file, _ = world.patient.share()
    desk = fresh(world, "told-by-hand")
    assert desk("accept", file).code == 0
    stop, _ = world.patient.stop_file(made, grant)
    (desk.home / "trust/ledger.url").write_text(NOBODY)
    assert desk("check", file).code == 0
    assert desk("accept", stop).data["kind"] == "withdrawal"
    return desk, file


def logged_again_under_another_key(world):
    """Another party logs the same commitment, before and after, as its own."""
    stranger = Signer.from_seed(bytes(range(32)))

    def again(commitment, seed):
        key = Signer.from_seed(seed)
        entry = build_grant(
            stranger, origin=ORIGIN, commitment=commitment, control_public=key.public
        )
        world.patient.network.submit(ORIGIN, entry)
        return entry

    made, grant, file, _ = world.patient.share(
        first=lambda commitment: again(commitment, bytes(32))
    )
    last = again(parse_entry(made.entry, origin=ORIGIN).commitment, bytes([1]) * 32)
    patiently(lambda: world.patient.covered(last))
    desk = fresh(world, "twice")
    assert desk("check", file).code == 0
    world.patient.withdraw(made, grant)
    assert desk("sync").code == 0
    return desk, file


def paused_then_withdrawn(world):
    return _two_devices(world, "paused-first", [State.HELD, State.ENDED])


def withdrawn_then_paused(world):
    return _two_devices(world, "ended-first", [State.ENDED, State.HELD])


def _two_devices(world, name, order):
    """Neither device has seen the other's change, so both use the number 1."""
    made, grant, file, _ = world.patient.share()
    network = world.patient.network
    for state in order:
        change = StatusChange(
            index=network.view(ORIGIN).first_index(made.leaf),
            leaf=made.leaf,
            state=state,
            seq=1,
        )
        entry = build_status(grant.control, origin=ORIGIN, change=change)
        network.submit(ORIGIN, entry)
        patiently(lambda entry=entry: world.patient.covered(entry))
    return fresh(world, name), file


def copy_too_old(world):
    _, _, file, _ = world.patient.share(max_age=0)
    return fresh(world, "old", url=NOBODY), file


def copy_forked(world):
    _, _, file, _ = world.patient.share()
    desk = fresh(world, "forked")
    assert desk("check", file).code == 0
    (desk.home / "trust/ledger.url").write_text(world.liar)
    said = desk("sync")
    assert (said.code, said["reason"]) == (CANNOT_TELL, "ledger_forked")
    return desk, file


def no_quorum(world):
    """This desk wants all three witnesses; the third has never signed."""
    _, _, file, _ = world.patient.share()
    policy = (world.trust / "ledger.policy").read_text()
    strict = policy.replace("group all 2", "group all 3")
    assert strict != policy
    return fresh(world, "strict", policy=strict), file


def not_in_copy(world):
    desk = fresh(world, "behind", url=NOBODY)
    _, _, file, _ = world.patient.share()
    return desk, file


def one_byte_flipped(world):
    return fresh(world, "flipped"), _flipped(world, place=2_000)


def one_byte_flipped_and_the_digest_made_to_fit(world):
    return fresh(world, "resealed"), _flipped(world, place=2_000, fit=True)


def _flipped(world, *, place, fit=False):
    _, _, file, _ = world.patient.share(deposit=False)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    if fit:
        data[-32:] = hashlib.sha256(data[:-32]).digest()
    file.write_bytes(data)
    return file


CASES = {
    another_clinics_key: (Reason.WRONG_READER, STOP),
    sealed_again_to_a_third: (Reason.WRONG_READER, STOP),
    before_the_start: (Reason.NOT_STARTED, STOP),
    after_the_end: (Reason.ENDED, STOP),
    after_withdrawal: (Reason.WITHDRAWN, STOP),
    after_a_withdrawal_by_file: (Reason.WITHDRAWN, STOP),
    logged_again_under_another_key: (Reason.WITHDRAWN, STOP),
    paused_then_withdrawn: (Reason.WITHDRAWN, STOP),
    withdrawn_then_paused: (Reason.WITHDRAWN, STOP),
    one_byte_flipped: (Reason.MALFORMED, STOP),
    one_byte_flipped_and_the_digest_made_to_fit: (Reason.WRONG_READER, STOP),
    copy_too_old: (Reason.COPY_TOO_OLD, CANNOT_TELL),
    copy_forked: (Reason.LEDGER_FORKED, CANNOT_TELL),
    no_quorum: (Reason.NO_QUORUM, CANNOT_TELL),
    not_in_copy: (Reason.NOT_IN_COPY, CANNOT_TELL),
}
SAID = {}  # what each case was told, for the test after them


def test_one_that_stands_is_checked_and_opened(world, temp):
    """The measure for all that follows: the same commands, exit code 0."""
    _, _, file, _ = world.patient.share()
    desk = fresh(world, "good")
    checked = desk("check", file)
    assert (checked.code, checked["status"]) == (0, "go_ahead")
    out = world.folder / "out-good"
    assert desk("open", file, "--out", out).code == 0
    assert (out / "START-HERE.html").read_bytes() == PLANTED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_each_refusal_has_its_reason_its_exit_code_and_an_empty_folder(
    world, temp, case
):
    reason, code = CASES[case]
    desk, file = case(world)
    before = len(desk("receipts")["receipts"])
    checked = desk("check", file)
    out = world.folder / f"out-{case.__name__}"
    opened = desk("open", file, "--out", out, "--wait", "0")
    status = Verdict(reason=reason).status
    assert code == {Status.STOP: STOP, Status.CANNOT_TELL: CANNOT_TELL}[status]
    for said in (checked, opened):
        assert (said.code, said["reason"]) == (code, reason.value)
        assert (said["ok"], said["status"]) == (False, status.value)
    assert checked["sentence"] == opened["sentence"]
    assert not out.exists() or list(out.iterdir()) == []
    assert list((desk.home / "tmp").iterdir()) == []
    # It was refused before a receipt was owed for it.
    assert len(desk("receipts")["receipts"]) == before
    SAID[case] = checked["sentence"]


def test_each_reason_has_a_sentence_of_its_own(world):
    assert SAID.keys() == CASES.keys()
    by_file = SAID.pop(after_a_withdrawal_by_file)
    assert by_file not in SAID.values()
    reasons = {(CASES[case][0], sentence) for case, sentence in SAID.items()}
    assert max(Counter(reason for reason, _ in reasons).values()) == 1
    assert len({sentence for _, sentence in reasons}) == len(reasons)


def test_one_byte_flipped_anywhere_in_the_grant_file_opens_nothing(world, temp):
    """Every byte where the file is read, every 40th through the commands."""
    _, _, file, _ = world.patient.share()
    desk = fresh(world, "every-byte")
    good, clinic = file.read_bytes(), unlock(world, desk.home)
    assert open_grant_file(good, openers=[clinic.opener], reader=clinic.reader_id)
    for place in range(len(good)):
        bad = good[:place] + bytes([good[place] ^ 1 << place % 8]) + good[place + 1 :]
        with pytest.raises(RefusedError) as refused:
            open_grant_file(bad, openers=[clinic.opener], reader=clinic.reader_id)
        version = place < len("HWGRANT1") + 2
        assert refused.value.reason is (
            Reason.UNKNOWN_VERSION if version else Reason.MALFORMED
        )
    clinic.close()
    places = {*range(14), *range(14, len(good), 40), *range(len(good) - 32, len(good))}
    for place in sorted(places):
        file.write_bytes(good[:place] + bytes([good[place] ^ 0x80]) + good[place + 1 :])
        code = CANNOT_TELL if place < len("HWGRANT1") + 2 else STOP
        out = world.folder / "out-every-byte"
        assert desk("check", file).code == code
        assert desk("open", file, "--out", out).code == code
        assert list(out.iterdir()) == []
    file.write_bytes(good)
    assert desk("open", file, "--out", world.folder / "out-whole").code == 0


def unlock(world, home):
    phrase = world.passphrase.read_bytes().strip()
    return enter(ClinicHome(home), passphrase=phrase)
