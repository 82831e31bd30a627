"""Files about somebody else are held apart, asked about, and never mixed in."""

import io
import json

import pytest

from tests.support.wallets import NOON, bring_in, bundle, observation, open_wallet
from wallet.actions.patient import comparing, gathering, people, records, wishes
from wallet.actions.patient.company import Whose
from wallet.actions.patient.reviewing import Mark, review_paths
from wallet.errors import CancelledError, UsageError
from wallet.records.findings import Cause

ASK = {"whose": Whose.ASK}
SECRET = "Zibbelwort"


def patient(name="Ana", born="1951-03-05"):
    return {
        "resourceType": "Patient",
        "id": f"p-{name}",
        "name": [{"family": "Example", "given": [name]}],
        "birthDate": born,
    }


def mine(number=1):
    return bundle(patient(), observation(number))


def theirs(number=9, name="Ben"):
    secret = observation(number, code={"text": SECRET}, note=[{"text": SECRET}])
    return bundle(secret, patient(name, "1980-01-02"))


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


def test_the_first_person_a_wallet_meets_is_its_patient(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, observation(3), mine(), **ASK)
    assert [file.apart for file in answer.files] == [None, None]
    assert people.myself(wallet).shown == "Ana Example"
    again = bring_in(wallet, tmp_path, observation(3), mine(2), **ASK)
    assert again.files[1].apart is None


def test_a_file_about_somebody_else_is_asked_about(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, mine(), theirs(), **ASK)
    file = answer.files[1]
    assert file.counts.as_json() == dict.fromkeys(
        ("new", "same", "changed", "failed"), 0
    ) | {"kept_raw": 2}
    assert file.findings[0].cause is Cause.HELD_APART
    assert [(one.shown, one.born) for one in file.apart.people] == [
        ("Ben Example", "1980-01-02")
    ]
    (held,) = people.held_files(wallet)
    assert (held.key, held.settled) == (file.apart.key, False)
    assert people.Difference.GIVEN_NAME in held.differs


def everything_read(wallet, folder):
    """Whatever any way of reading gives, as one text."""
    every = wishes.scope_of(kinds=None, since=None, denied=())
    sink = io.BytesIO()
    records.export(wallet, sink)
    told = [
        records.timeline(wallet),
        records.search(wallet, SECRET),
        records.search(wallet, "Ben"),
        records.counts(wallet),
        comparing.pairs(wallet),
        sink.getvalue(),
        gathering.preview(wallet, every),
    ]
    parts = gathering.gather_everything(wallet, every, now=NOON)
    told += [(part.name, b"".join(part.read())) for part in parts]
    return repr(told)


def test_no_way_of_reading_reaches_what_is_held_apart(wallet, tmp_path):
    # A record that has the same id as one of mine, and one alike, change nothing.
    bring_in(wallet, tmp_path, mine(), **ASK)
    before = everything_read(wallet, tmp_path)
    other = bundle(
        observation(1, status="amended"),
        observation(7),
        *[entry["resource"] for entry in theirs()["entry"]],
    )
    bring_in(wallet, tmp_path, other, **ASK)
    after = everything_read(wallet, tmp_path)
    assert SECRET not in after
    assert "Ben" not in after
    assert after.count("amended") == before.count("amended")
    for table in ("record", "version", "record_text", "record_name", "label"):
        rows = wallet.store.all(f"SELECT count(*) FROM {table}")  # noqa: S608 own text only
        assert rows[0][0] <= 2, table


def test_it_is_me_brings_the_file_in_whole(wallet, tmp_path):
    bring_in(wallet, tmp_path, mine(), theirs(), **ASK)
    (held,) = people.held_files(wallet)
    answer = people.claim(wallet, held.key, now=NOON)
    assert answer.counts.new == 2
    assert records.search(wallet, SECRET).total == 1
    assert people.held_files(wallet) == ()
    # Now this name is known as mine too, and every byte is kept once.
    again = bring_in(wallet, tmp_path, mine(), theirs(), theirs(10), **ASK)
    assert [file.apart for file in again.files] == [None] * 3
    assert wallet.store.value("SELECT count(*) FROM item WHERE status = 'held'") == 0


def test_somebody_else_stays_out_and_is_not_asked_about_again(wallet, tmp_path):
    bring_in(wallet, tmp_path, mine(), theirs(), **ASK)
    (held,) = people.held_files(wallet)
    people.leave_out(wallet, held.key)
    answer = bring_in(wallet, tmp_path, mine(), theirs(), theirs(10), **ASK)
    assert [file.apart and file.apart.settled for file in answer.files] == [
        None,
        True,
        True,
    ]
    assert len(people.held_files(wallet)) == 2
    assert records.timeline(wallet).total == 2
    people.claim(wallet, held.key, now=NOON)  # a mind may change
    assert records.search(wallet, SECRET).total == 1


def test_a_file_of_several_people_is_held_apart_even_by_an_empty_wallet(
    wallet, tmp_path
):
    answer = bring_in(wallet, tmp_path, bundle(patient(), patient("Eva")), **ASK)
    names = [one.shown for one in answer.files[0].apart.people]
    assert names == ["Ana Example", "Eva Example"]
    assert records.timeline(wallet).total == 0


def test_labels_of_the_medium_are_not_lost_by_being_held(wallet, tmp_path):
    (tmp_path / "in").mkdir()
    bring_in(wallet, tmp_path, mine(), **ASK)
    archive = bundle(
        *[entry["resource"] for entry in theirs()["entry"]],
        meta={"security": [{"system": "urn:x", "code": "R"}]},
    )
    bring_in(wallet, tmp_path, observation(3), archive, **ASK)
    (held,) = people.held_files(wallet)
    people.claim(wallet, held.key, now=NOON)
    (found,) = records.search(wallet, SECRET).records
    assert found.labels


def test_a_claim_that_is_cancelled_leaves_the_file_apart(wallet, tmp_path):
    bring_in(wallet, tmp_path, mine(), theirs(), **ASK)
    (held,) = people.held_files(wallet)
    with pytest.raises(CancelledError):
        people.claim(wallet, held.key, now=NOON, cancelled=lambda: True)
    assert people.held_files(wallet) == (held,)
    assert records.timeline(wallet).total == 2
    for act in (people.leave_out, lambda *a: people.claim(*a, now=NOON)):
        with pytest.raises(UsageError, match="held apart"):
            act(wallet, "00")


def test_who_says_all_are_theirs_is_not_asked(wallet, tmp_path):
    answer = bring_in(wallet, tmp_path, mine(), theirs(), whose=Whose.MINE)
    assert answer.totals.new == 4


# --- the review ---------------------------------------------------------------------


def review(wallet, tmp_path, *contents):
    paths = []
    for number, content in enumerate(contents):
        path = tmp_path / f"seen-{number}"
        path.write_text(content if isinstance(content, str) else _text(content))
        paths.append(path)
    return review_paths(wallet, paths, now=NOON)


def _text(content):
    return json.dumps(content)


def test_a_review_says_what_an_import_would_and_keeps_nothing(wallet, tmp_path):
    bring_in(wallet, tmp_path, mine(), **ASK)
    before = dump(wallet)
    other = observation(1, id="b-1", meta={"source": "b"})
    files = (
        bundle(observation(1), other, observation(2, effectiveDateTime="2025")),
        theirs(),
        "no format at all",
    )
    seen = review(wallet, tmp_path, *files, files[0])
    assert dump(wallet) == before
    marks = [line.mark for line in seen.files[0].lines]
    assert marks == [Mark.SAME, Mark.NEW, Mark.NEW]
    assert seen.files[0].kinds == (("test", 2),)
    (who,) = seen.files[1].answer.apart.people
    assert who.shown == "Ben Example"
    assert seen.files[2].answer.counts.failed == 1
    assert seen.files[3].answer.counts.same == 3
    real = bring_in(wallet, tmp_path, *files, files[0], **ASK)
    assert real.totals == seen.answer.totals


def test_a_review_marks_what_looks_like_a_record_that_is_here(wallet, tmp_path):
    bring_in(wallet, tmp_path, mine(), **ASK)
    other = observation(1, id="b-1", meta={"source": "b"})
    (file,) = review(wallet, tmp_path, other).files
    assert [line.mark for line in file.lines] == [Mark.ALIKE]
    assert file.answer.alike == 1


def test_a_review_that_is_cancelled_keeps_nothing_either(wallet, tmp_path):
    before = dump(wallet)
    (tmp_path / "seen").write_text(_text(mine()))
    with pytest.raises(CancelledError):
        review_paths(wallet, [tmp_path / "seen"], now=NOON, cancelled=lambda: True)
    assert dump(wallet) == before
    assert not wallet.store.in_transaction


def dump(wallet):
    names = wallet.store.all(
        "SELECT name FROM sqlite_master WHERE type = 'table' "
        "AND name NOT LIKE 'sqlite_%'"
    )
    return {
        name: sorted(wallet.store.all(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608 own text only
        for (name,) in names
    }
