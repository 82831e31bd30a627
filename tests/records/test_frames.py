"""Pieces of a file on their way between two processes: whole, or refused."""

import io

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallet.records import frames
from wallet.records.fhir.facts import Facts
from wallet.records.findings import Cause, Finding
from wallet.records.found import Found
from wallet.records.frames import End, FrameError, Pieces
from wallet.records.reader import Late
from wallet.records.receipt import Outcome
from wallet.records.record import Label
from wallet.records.sameness import Sameness

WORDS = st.text(st.characters(codec="utf-8"), max_size=8)
BYTES = st.binary(max_size=40)
LABELS = st.lists(st.builds(Label, code=WORDS, system=WORDS, basis=WORDS), max_size=2)
SECONDS = st.none() | st.integers(-(2**40), 2**40)
FACTS = st.builds(
    Facts,
    **{name: WORDS for name in Facts._fields if name not in ("start", "end", "codes")},
    start=SECONDS,
    end=SECONDS,
    codes=st.lists(WORDS, max_size=2).map(tuple),
)
SAME = st.builds(
    Sameness,
    key=BYTES,
    space=BYTES,
    by_number=st.lists(BYTES, max_size=2).map(tuple),
    body_hash=BYTES,
    updated=WORDS,
)
FOUND = st.builds(
    Found,
    place=WORDS,
    gap=BYTES,
    raw=BYTES,
    outcome=st.none() | st.sampled_from(Outcome),
    body=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    facts=st.none() | FACTS,
    same=st.none() | SAME,
    labels=LABELS.map(tuple),
    words=WORDS,
    goes_on=st.booleans(),
    derived=BYTES,
    reader=WORDS,
    form=WORDS,
    packed=st.booleans(),
    small=BYTES,
)
FINDING = st.builds(
    Finding,
    place=WORDS,
    cause=st.sampled_from(Cause),
    detail=WORDS,
    more=st.integers(0, 9),
)
END = st.builds(
    End,
    format=WORDS,
    findings=st.lists(FINDING, max_size=2),
    tail=BYTES,
    late=st.lists(
        st.builds(Late, place=WORDS, labels=LABELS.map(tuple)), max_size=2
    ).map(tuple),
    names=st.dictionaries(WORDS, WORDS, max_size=2),
    fault=st.integers(0, 99),
)
PIECES = st.builds(
    Pieces, size=st.integers(0, 2**40), found=st.lists(FOUND, max_size=3)
)


def sent(*things):
    out = io.BytesIO()
    for one in things:
        frames.write(out, one)
    return out.getvalue()


@given(st.lists(PIECES | END, max_size=3))
def test_what_is_sent_is_what_arrives(things):
    source = io.BytesIO(sent(*things))
    assert [frames.read(source) for _ in things] == things
    assert source.read() == b""


@given(PIECES | END, st.data())
def test_a_frame_that_is_cut_off_is_refused(thing, data):
    whole = sent(thing)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(FrameError):
        frames.read(io.BytesIO(whole[:cut]))


@given(st.binary(max_size=200))
def test_anything_else_is_refused(data):
    with pytest.raises(FrameError):
        frames.read(io.BytesIO(len(data).to_bytes(4, "big") + data))


FACT_ROW = [*("lab", "Observation", "t", 1, "day", "w", None, ["c"]), *[""] * 7]
SAME_ROW = ["00", "00", ["00"], "00", ""]
ROW = [
    *([0, 0, 0, 0], "/", "new", [0, 0], FACT_ROW, SAME_ROW, [["c", "s", "b"]], "w"),
    *(False, "", "", False),
]
LAST = {
    "format": "f",
    "findings": [["/", "empty", "", 0]],
    "tail": 0,
    "names": {},
    "late": [["/", [["c", "s", "b"]]]],
    "fault": 0,
}


def framed(said):
    text = orjson.dumps(said)
    return io.BytesIO(len(text).to_bytes(4, "big") + text)


def test_the_rows_of_these_tests_are_frames():
    assert frames.read(framed({"size": 1, "found": [ROW]})).found[0].words == "w"
    assert frames.read(framed(LAST)).format == "f"


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        *[(0, [0, 0, 0]), (0, [9, 0, 0, 0]), (0, [-1, 0, 0, 0])],
        *[(0, [1 << 40, 0, 0, 0]), (1, None), (2, "odd")],
        *[(3, [0]), (3, ["a", 0]), (3, None)],
        *[(4, FACT_ROW[1:]), (4, [7, *FACT_ROW[1:]]), (4, 7)],
        *[(5, SAME_ROW[1:]), (5, ["x", *SAME_ROW[1:]]), (5, [*SAME_ROW[:-1], 7])],
        *[(6, [["c", "s"]]), (6, [["c", "s", 7]]), (6, 7), (7, 7), (8, "odd")],
        *[(9, 7), (10, 7), (11, "odd")],
    ],
)
def test_a_piece_with_a_wrong_part_is_refused(at, wrong):
    row = [*ROW[:at], wrong, *ROW[at + 1 :]]
    with pytest.raises(FrameError):
        frames.read(framed({"size": 1, "found": [row]}))


@pytest.mark.parametrize("row", [ROW[:-1], [*ROW, 1], [], 7, None])
def test_a_piece_of_another_shape_is_refused(row):
    with pytest.raises(FrameError):
        frames.read(framed({"size": 1, "found": [row]}))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("findings", [["/", "odd", "", 0]]), ("findings", [["/"]]), ("findings", 7)],
        *[("tail", 9), ("tail", None), ("late", [["/"]]), ("late", 7)],
        *[("names", 7), ("fault", "odd"), ("fault", None)],
    ],
)
def test_an_end_with_a_wrong_part_is_refused(name, wrong):
    with pytest.raises(FrameError):
        frames.read(framed({**LAST, name: wrong}))


@pytest.mark.parametrize("name", LAST)
def test_an_end_without_one_of_its_parts_is_refused(name):
    with pytest.raises(FrameError):
        frames.read(framed({key: LAST[key] for key in LAST if key != name}))
