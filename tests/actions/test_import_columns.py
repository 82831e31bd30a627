"""What a person says of columns is remembered; files that were kept are read anew."""

import pytest

from tests.corpus import Command
from tests.support.wallets import NOON, bring_in, open_wallet
from wallet.actions.patient import columns, records
from wallet.actions.patient.importing import import_paths
from wallet.errors import UsageError
from wallet.keys import custody
from wallet.keys.keyfile import Cost
from wallet.vault import sources

TABLE = "What;Seen;When\nKalium;4,1;03/04/2024\nNatrium;140;05/04/2024\n"
NEXT = "What;Seen;When\nKalium;4,3;03/05/2024\n"
SAID = "test=What,value=Seen,date=When:dmy"


@pytest.fixture
def wallet(tmp_path):
    with open_wallet(tmp_path / "home") as wallet:
        yield wallet


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)
    phrase = tmp_path / "phrase"
    phrase.write_text("columns\n")
    made = Command(home=tmp_path / "home", phrase=phrase)
    assert made("init")[0] == 0
    return made


def reasons(said):
    return [one["reason"] for file in said["files"] for one in file["findings"]]


def test_columns_are_said_once_by_command_and_hold_for_the_next_file(command, tmp_path):
    first, later = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text(TABLE)
    later.write_text(NEXT)
    code, said = command("import", first)
    assert (code, said["totals"]["kept_raw"]) == (0, 1)
    assert reasons(said) == ["columns_unknown"]
    code, said = command("import", "--columns", SAID, first)
    assert (code, said["totals"]["new"], reasons(said)) == (0, 2, [])
    code, said = command("import", later)
    assert (code, said["totals"]["new"], reasons(said)) == (0, 1, [])
    _, listed = command("records", "list")
    assert [(one["title"], one["start"][:10]) for one in listed["records"]] == [
        ("Kalium", "2024-05-03"),
        ("Natrium", "2024-04-05"),
        ("Kalium", "2024-04-03"),
    ]


@pytest.mark.parametrize("words", ["test=Nothing,value=Seen", "colour=What", "test"])
def test_columns_that_do_not_fit_are_refused_and_nothing_comes_in(
    command, tmp_path, words
):
    table = tmp_path / "a.csv"
    table.write_text(TABLE)
    code, said = command("import", "--columns", words, table)
    assert (code, said["ok"]) == (2, False)
    assert command("records", "list")[1]["total"] == 0


def test_columns_without_a_table_are_refused(wallet, tmp_path):
    letter = tmp_path / "letter"
    letter.write_text("Dear Maya\n")
    with pytest.raises(UsageError):
        import_paths(wallet, [letter], now=NOON, columns=SAID)


def test_a_file_read_anew_is_kept_once_and_given_back(wallet, tmp_path):
    bring_in(wallet, tmp_path, TABLE)
    again = bring_in(wallet, tmp_path, TABLE)
    assert again.totals.kept_raw == 1  # nothing new: nothing is written again
    answer = bring_in(wallet, tmp_path, TABLE, columns=SAID)
    assert answer.totals.new == 2
    [source] = sources.whole_sources(wallet.store)
    assert b"".join(sources.original(wallet.store, source)) == TABLE.encode()
    seen = bring_in(wallet, tmp_path, TABLE)
    assert (seen.totals.new, seen.totals.same) == (0, 2)


def test_an_erased_row_takes_the_table_and_leaves_the_others(wallet, tmp_path):
    bring_in(wallet, tmp_path, TABLE, columns=SAID)
    first, second = records.timeline(wallet).records
    records.erase(wallet, first.scope_id, now=NOON)
    assert [one.title for one in records.timeline(wallet).records] == [second.title]
    assert sources.whole_sources(wallet.store) == []


def test_a_table_is_looked_at_with_what_is_known_of_its_columns(wallet, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(TABLE)
    head = columns.look_at(wallet, path)
    assert head.names == ("What", "Seen", "When")
    assert head.cells[0] == ("Kalium", "Natrium")
    assert (head.rows, head.columns.name, head.dates_unclear) == (2, None, False)
    said = columns.columns_of(kind="test", roles={0: "name", 1: "value", 2: "date"})
    assert columns.look_at(wallet, path, said).dates_unclear


def test_what_is_said_in_the_window_holds_for_the_next_file(wallet, tmp_path):
    path = tmp_path / "file-0"
    path.write_text(TABLE)
    assert bring_in(wallet, tmp_path, TABLE).totals.new == 0
    roles = {0: "name", 1: "value", 2: "date"}
    columns.explain(wallet, path, kind="test", roles=roles, order="dmy")
    assert bring_in(wallet, tmp_path, TABLE).totals.new == 2
    assert bring_in(wallet, tmp_path, NEXT).totals.new == 1
    assert columns.look_at(wallet, path).columns.order == "dmy"


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("test", {}),
        ("test", {0: "name"}),
        ("test", {0: "name", 1: "name", 2: "value"}),
        ("test", {0: "name", 1: "colour"}),
        ("vaccine", {0: "value"}),
        ("horse", {0: "name"}),
    ],
)
def test_columns_that_make_no_record_are_refused(wallet, tmp_path, kind, roles):
    path = tmp_path / "a.csv"
    path.write_text(TABLE)
    with pytest.raises(UsageError):
        columns.explain(wallet, path, kind=kind, roles=roles)
    assert columns.look_at(wallet, path).columns.name is None


def test_what_is_no_table_is_refused(wallet, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Maya, all is well.")
    with pytest.raises(UsageError):
        columns.look_at(wallet, path)
