"""`heartwood verify`: each kind of file, believed, refused, and without a policy."""

import json
import subprocess
import sys

import pytest

from tests.ledger.conftest import NOON, ORIGIN
from tests.ledger.entries import grant
from tests.support.ledger_simulator import LedgerSimulator
from wallet.actions.verifying import verify_file
from wallet.cli.main import main
from wallet.ledger import cose_receipt, fork, proof
from wallet.ledger.entry import leaf_hash
from wallet.ledger.tree import Tree
from wallet.verdict import Reason

LEDGER = LedgerSimulator(ORIGIN, NOON)
for _number in range(5):
    LEDGER.submit(grant(_number))
NOTE = LEDGER.publish()
ENTRY = grant(2)
LEAVES = [leaf_hash(grant(number)) for number in range(5)]
PROOF = proof.write(2, Tree(LEAVES).inclusion(2), NOTE)
FORK = fork.write(trusted=NOTE, offered=LEDGER.sign(5, b"\x55" * 32))
MAYBE = fork.write(trusted=NOTE, offered=LEDGER.sign(9, b"\x55" * 32))
RECEIPT = cose_receipt.write(LEDGER.key, proof=proof.parse(PROOF))
CHECK = json.dumps(
    {
        "ok": True,
        "status": "go_ahead",
        "reason": "go_ahead",
        "evidence": {"entry": ENTRY.hex(), "proof": PROOF.hex()},
    }
).encode()
ALL = {
    "check": CHECK,
    "checkpoint": NOTE,
    "proof": PROOF,
    "fork": FORK,
    "receipt": RECEIPT,
}


def judged(data, *, policy=LEDGER.policy, entry=ENTRY):
    return verify_file(data, policy=policy, entry=entry)


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (NOTE, "checkpoint", Reason.GO_AHEAD),
        (PROOF, "proof", Reason.GO_AHEAD),
        (FORK, "fork", Reason.LEDGER_FORKED),
        (MAYBE, "fork", Reason.STATUS_UNPROVED),
        (RECEIPT, "receipt", Reason.NO_QUORUM),
        (CHECK, "check", Reason.STATUS_UNPROVED),
        (CHECK.replace(ENTRY.hex().encode(), b"00"), "check", Reason.MALFORMED),
        (CHECK.replace(b'"status"', b'"reason"'), "check", Reason.MALFORMED),
        (CHECK.replace(b'"proof"', b'"other"'), "check", Reason.STATUS_UNPROVED),
        (CHECK.replace(PROOF.hex().encode(), b"AA"), "check", Reason.MALFORMED),
        (b"{}", "check", Reason.MALFORMED),
        (b'{"a":' * 4_000, "check", Reason.MALFORMED),
        (PROOF.replace(b"index 2", b"index 3"), "proof", Reason.MALFORMED),
        (PROOF.replace(b"@v1", b"@v2"), "proof", Reason.UNKNOWN_VERSION),
        (FORK.replace(b"/1/", b"/3/", 1), "fork", Reason.UNKNOWN_VERSION),
        (NOTE.replace(b"\n5\n", b"\n6\n"), "checkpoint", Reason.SIGNATURE_WRONG),
        (b"hello", "checkpoint", Reason.MALFORMED),
        (b"HWBUNDLE1\n", "bundle", Reason.MALFORMED),
        (b"HWBUNDLE2\n", "bundle", Reason.UNKNOWN_VERSION),
    ],
)
def test_each_kind_is_told_by_its_content_and_judged(data, kind, reason):
    found = judged(data)
    assert (found.kind, found.verdict.reason) == (kind, reason)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("kind", ALL)
def test_without_a_policy_nobody_is_believed(kind):
    found = judged(ALL[kind], policy=None)
    assert (found.kind, found.verdict.reason) == (kind, Reason.NOT_IN_COPY)
    assert "--policy" in found.sentence
    assert kind == "receipt" or ORIGIN in found.signers


@pytest.mark.parametrize("kind", ALL)
def test_another_ledgers_policy_believes_nothing(kind):
    other = LedgerSimulator("other.test", NOON).policy
    assert judged(ALL[kind], policy=other).verdict.reason is Reason.NOT_IN_COPY


def test_a_proof_without_its_entry_proves_only_its_checkpoint():
    found = judged(PROOF, entry=None)
    assert found.verdict.reason is Reason.NOT_IN_COPY
    assert "--entry" in found.sentence
    assert judged(PROOF, entry=grant(3)).verdict.reason is Reason.MALFORMED


def test_a_receipt_of_another_entry_or_with_a_changed_byte_is_refused():
    assert judged(RECEIPT, entry=grant(3)).verdict.reason is Reason.SIGNATURE_WRONG
    for place in range(len(RECEIPT)):
        changed = bytearray(RECEIPT)
        changed[place] ^= 1
        reason = judged(bytes(changed)).verdict.reason
        assert reason not in (Reason.GO_AHEAD, Reason.NO_QUORUM), place


def test_a_policy_that_is_none_is_refused():
    assert judged(NOTE, policy="quorum").verdict.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("data", "code"),
    [(NOTE, 0), (FORK, 1), (MAYBE, 3), (b"hello", 1), (RECEIPT, 3)],
)
def test_the_command_answers_with_the_exit_codes_of_a_check(
    tmp_path, capsys, data, code
):
    (tmp_path / "file").write_bytes(data)
    (tmp_path / "policy").write_text(LEDGER.policy)
    (tmp_path / "entry").write_bytes(ENTRY)
    words = ["verify", "file", "--policy", "policy", "--entry", "entry"]
    words = [str(tmp_path / one) if (tmp_path / one).exists() else one for one in words]
    assert main([*words, "--json"]) == code
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] == (code == 0)
    assert {"status", "reason", "sentence", "kind", "as_of", "checkpoint"} <= {*said}
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_stranger_loads_no_window_no_store_no_network_and_no_server(tmp_path):
    (tmp_path / "note").write_bytes(NOTE)
    code = (
        "import sys; from wallet.cli.main import main; "
        f"main(['verify', {str(tmp_path / 'note')!r}]); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {*done.stdout.splitlines()[-1].split()}
    ours = {"wallet", "cryptography", "_cffi_backend"}
    foreign = {name for name in loaded if not name.startswith(("_", "encodings"))}
    assert "wallet" in loaded
    assert foreign - sys.stdlib_module_names - ours <= {"site", "sitecustomize"}
    assert not loaded & {"sqlite3", "uvicorn", "sqlcipher3", "keyring", "PySide6"}
