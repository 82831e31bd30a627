"""Files nobody should hand over: each is named by its place, nothing is half taken."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from tests.corpus import Command
from tests.support.wallets import NOON, bundle, observation, open_wallet
from wallet.actions.patient import importing, records
from wallet.keys import custody
from wallet.keys.keyfile import Cost
from wallet.vault import sources

MB = 1 << 20
MOST = 400 * MB  # of memory, for any file of 200 MB


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(custody, "tuned", lambda: Cost(memory=64, passes=1, lanes=1))
    monkeypatch.setattr(custody, "harden", lambda: None)


@pytest.fixture
def command(tmp_path):
    phrase = tmp_path / "phrase"
    phrase.write_text("odd\n")
    made = Command(home=tmp_path / "home", phrase=phrase)
    assert made("init")[0] == 0
    return made


def findings(said):
    """Name of the file, place and reason of every remark."""
    return [
        (Path(file["path"]).name, one["place"], one["reason"])
        for file in said["files"]
        for one in file["findings"]
    ]


def deep(opening, closing, times):
    start = b'{"resourceType": "Observation", "x": '
    return start + opening * times + b"1" + closing * times + b"}"


ODD = {
    "1,000 lists deep": (deep(b"[", b"]", 1_000), "too_deep"),
    "1,000 objects deep": (deep(b'{"a":', b"}", 1_000), "too_deep"),
    "250,000 lists deep": (deep(b"[", b"]", 250_000), "too_deep"),
    "never closed": (b'{"resourceType": "Observation", "x": ' + b"[" * 900, "cut_off"),
    "a damaged letter": (b'{"resourceType": "Observation", "x": "\xc3("}', "not_utf8"),
    "half a letter": (b'{"resourceType": "Observation", "x": "\\ud800"}', "not_utf8"),
    "UTF-16": ('{"resourceType": "Observation"}'.encode("utf-16"), "unknown_format"),
    "two keys alike": (b'{"resourceType": "Observation", "a": 1, "a": 2}', None),
    "NaN": (b'{"resourceType": "Observation", "x": NaN}', "not_a_number"),
    "-Infinity": (b'{"resourceType": "Observation", "x": -Infinity}', "not_a_number"),
    "10,000 digits": (
        b'{"resourceType": "Observation", "x": ' + b"9" * 10_000 + b"}",
        "not_a_number",
    ),
    "a comma too many": (b'{"resourceType": "Observation",}', "not_json"),
    "zeros": (bytes(10_000), "unknown_format"),
    "an empty file": (b"", "empty"),
}


@pytest.mark.parametrize("name", ODD)
def test_each_odd_file_is_named_kept_and_harms_no_other(command, tmp_path, name):
    content, reason = ODD[name]
    odd, good = tmp_path / "a-odd.json", tmp_path / "b-good.json"
    odd.write_bytes(content)
    good.write_text(json.dumps(bundle(observation(1))))
    code, said = command("import", odd, good)
    assert code == 0
    assert findings(said) == [("a-odd.json", "/", reason or "duplicate_key")]
    assert (said["totals"]["new"], said["totals"]["failed"]) == (1, bool(content))
    assert command("records", "list")[1]["total"] == 1
    assert originals(command, tmp_path) == {odd.read_bytes(), good.read_bytes()}


def originals(command, tmp_path):
    """What the wallet gives back of the files it took."""
    stick = tmp_path / "stick"
    stick.mkdir()
    assert command("usb", "write", stick, "--whole-history")[0] == 0
    return {
        path.read_bytes()
        for path in stick.rglob("*")
        if path.is_file() and path.parent.name == "originals"
    }


@pytest.mark.parametrize("number", ["1e400", "1E-400", "9" * 300, "0.1000"])
def test_numbers_no_machine_word_holds_stay_as_they_are_written(
    command, tmp_path, number
):
    file = tmp_path / "in.json"
    file.write_text(
        json.dumps(observation(1)).replace('"value": 5', f'"value": {number}')
    )
    assert command("import", file)[1]["totals"]["new"] == 1
    (record,) = command("records", "list")[1]["records"]
    shown = command("records", "show", record["id"])[1]["resource"]
    assert f'"value": {number}' in shown


def test_a_zip_that_calls_itself_json_is_told_by_its_bytes(command, tmp_path):
    path = tmp_path / "records.json"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("records.json", json.dumps(observation(1)))
    code, said = command("import", path)
    assert code == 0
    assert said["files"][0]["format"] == "zip"
    assert findings(said) == []
    assert said["totals"]["new"] == 1


def test_a_folder_of_links_pipes_and_doors_is_read_as_far_as_it_is_files(
    command, tmp_path
):
    """Nothing waits at a pipe, runs in a circle or follows a link that leads out."""
    folder, private = tmp_path / "in", tmp_path / "private"
    (folder / "deeper").mkdir(parents=True)
    private.mkdir()
    (private / "secret.json").write_text(json.dumps(observation(9)))
    (folder / "a.json").write_text(json.dumps(observation(1)))
    (folder / "deeper" / "b.json").write_text(json.dumps(observation(2)))
    (folder / "deeper" / "round").symlink_to(folder)
    (folder / "again.json").symlink_to(folder / "a.json")
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "out").symlink_to(private)
    (folder / "out.json").symlink_to(private / "secret.json")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        code, said = command("import", folder)
    assert (code, said["reason"], said["totals"]["new"]) == (1, "not_taken", 2)
    assert findings(said) == [
        ("circle", "/", "link"),
        ("door", "/", "not_a_file"),
        ("nowhere", "/", "link"),
        ("out", "/", "link"),
        ("out.json", "/", "link"),
        ("pipe", "/", "not_a_file"),
    ]
    taken = [Path(file["path"]).name for file in said["files"] if file["taken"]]
    assert taken == ["a.json", "b.json"]


def test_a_link_is_followed_where_it_was_named_itself(command, tmp_path):
    (tmp_path / "real").write_text(json.dumps(observation(1)))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    code, said = command("import", tmp_path / "link")
    assert (code, said["totals"]["new"]) == (0, 1)


@pytest.mark.parametrize("name", ["pipe", "/dev/zero", "gone", "/proc/self/mem"])
def test_what_cannot_be_read_to_an_end_is_not_begun(command, tmp_path, name):
    """A pipe, a device without end, nothing at all, and a file whose reading fails."""
    os.mkfifo(tmp_path / "pipe")
    path, good = tmp_path / name, tmp_path / "good.json"
    good.write_text(json.dumps(observation(1)))
    code, said = command("import", path, good)
    assert (code, said["reason"], said["totals"]["new"]) == (1, "not_taken", 1)
    reason = "unreadable_file" if name in ("gone", "/proc/self/mem") else "not_a_file"
    assert findings(said) == [(path.name, "/", reason)]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user to be shut out")
def test_a_folder_that_is_shut_is_named_and_the_rest_is_read(tmp_path, monkeypatch):
    folder = tmp_path / "in"
    (folder / "shut").mkdir(parents=True)
    (folder / "shut" / "a.json").write_text(json.dumps(observation(1)))
    (folder / "open.json").write_text(json.dumps(observation(2)))
    (folder / "shut.json").write_text(json.dumps(observation(3)))
    for name in ("shut", "shut.json"):
        (folder / name).chmod(0)
    everybodys = Path(tempfile.gettempdir())
    for above in (tmp_path, *tmp_path.parents):
        if everybodys in above.parents:  # pytest's own folders are shut to others
            above.chmod(above.stat().st_mode | 0o755)
    with open_wallet(tmp_path / "home") as wallet:
        os.seteuid(65_534)
        try:
            named = [folder, folder / "shut" / "a.json"]
            answer = records.import_paths(wallet, named, now=NOON).as_json()
        finally:
            os.seteuid(0)
    assert findings(answer) == [
        ("shut", "/", "unreadable_file"),
        ("shut.json", "/", "unreadable_file"),
        ("a.json", "/", "unreadable_file"),
    ]
    assert answer["totals"]["new"] == 1


def test_a_file_that_changes_while_it_is_read_leaves_nothing(tmp_path, monkeypatch):
    path = tmp_path / "growing"
    path.write_text(json.dumps(bundle(*(observation(n) for n in range(600)))))
    with open_wallet(tmp_path / "home") as wallet:
        heard = []

        def grow(*said):
            heard.append(said)
            with path.open("a") as end:
                end.write(" ")

        answer = records.import_paths(wallet, [path], now=NOON, progress=grow)
        assert heard
        assert findings(answer.as_json()) == [("growing", "/", "unsteady_file")]
        assert records.timeline(wallet).total == 0
        assert sources.whole_sources(wallet.store) == []
        again = importing.import_paths(wallet, [path], now=NOON)
        assert again.totals.new == 600


# --- at scale: 200 MB, by the command, in a process of its own -----------------------


def fat_lines(out):
    """200 documents of 1 MB, one a line."""
    for number in range(200):
        held = {"contentType": "application/pdf", "data": "QUJD" * (MB // 4)}
        document = {
            "resourceType": "DocumentReference",
            "id": f"d{number}",
            "status": "current",
            "content": [{"attachment": held}],
        }
        out.write(json.dumps(document) + "\n")
    return {"new": 200}, []


def fat_bundle(out):
    """The same as entries of one bundle that is one line."""
    out.write('{"resourceType":"Bundle","type":"collection","entry":[')
    for number in range(200):
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{"w " * (MB // 2)}</div>'
        text = {"status": "generated", "div": div}
        resource = observation(number, text=text)
        out.write(("," if number else "") + json.dumps({"resource": resource}))
    out.write("]}")
    return {"new": 200}, []


def heavy_records(out):
    """Twelve records of 17 MB, each with more brackets than are waved through."""
    for number in range(12):
        notes = [{"text": f"n{n}"} for n in range(250)]
        notes.append({"text": "a" * (17 * MB)})
        out.write(json.dumps(observation(number, note=notes)) + "\n")
    return {"new": 12}, []


def endless_line(out):
    """One line of 200 MB between two good ones."""
    out.write(json.dumps(observation(1)) + '\n{"resourceType":"Observation","x":"')
    for _ in range(200):
        out.write("a" * MB)
    out.write('"}\n' + json.dumps(observation(2)) + "\n")
    return {"new": 2, "failed": 1}, [("in", "line 2", "too_large")]


def endless_entry(out):
    """One entry of 200 MB between two good ones."""
    first, second = (json.dumps({"resource": observation(n)}) for n in (1, 2))
    out.write(f'{{"resourceType":"Bundle","entry":[{first},{{"resource":{{"x":"')
    for _ in range(200):
        out.write("\u00e9" * (MB // 2))
    out.write(f'"}}}},{second}]}}')
    return {"new": 2, "failed": 1}, [("in", "/entry/1", "too_large")]


def endless_depth(out):
    """200 MB of opening brackets."""
    out.write('{"resourceType":"Observation","x":')
    for _ in range(200):
        out.write("[" * MB)
    return {"failed": 1}, [("in", "/", "too_deep")]


@pytest.mark.parametrize(
    "content",
    [fat_lines, fat_bundle, heavy_records, endless_line, endless_entry, endless_depth],
)
def test_200_megabytes_stream_through_a_bounded_memory(command, tmp_path, content):
    path = tmp_path / "in"
    with path.open("w", encoding="utf-8") as out:
        counts, remarks = content(out)
    assert path.stat().st_size > 199 * MB
    words = ["--home", command.home, "--passphrase-file", command.phrase, "--json"]
    # The peak is the child's own: a new process, asked after it ended.
    measured = (
        "import resource, subprocess, sys;"
        "done = subprocess.run([sys.executable, '-m', 'wallet', *sys.argv[1:]]);"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss;"
        "print(peak << 10, file=sys.stderr); sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, *map(str, words), "import", str(path)],
        capture_output=True,
        check=False,
        text=True,
    )
    path.unlink()
    said, peak = json.loads(done.stdout), int(done.stderr)
    assert done.returncode == 0
    assert {name: n for name, n in said["totals"].items() if n} == counts
    assert findings(said) == remarks
    assert peak < MOST, f"{peak // MB} MiB"
