"""On paper: two pages that say what matters, and every record for those who want it."""

import io
import re
from types import SimpleNamespace

import pypdfium2
import pytest

from tests.support.selections import NOW, chosen, files_of
from tests.support.shared_records import is_labelled, maya, shared
from wallet.exports import printed_records, printed_summary
from wallet.exports.dresses import whole_history
from wallet.exports.lines import Band, Line, line_of
from wallet.exports.naming import Naming
from wallet.exports.printed import faces
from wallet.exports.printed.band import place
from wallet.exports.printed.faces import MISSING, Faces
from wallet.exports.printed.summary import ROOMS, chapters
from wallet.exports.trimming import Extent

ORDER = ["In an emergency", "Allergies", "Health conditions now", "Medicines now"]
ORDER += ["Vaccines", "Newest result of each test", "Procedures", "Visits"]


def text_of(data):
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [re.sub(r"\s+", " ", page) for page in pages]


def summary(records, tmp_path, *, extent=Extent.WHOLE):
    dress = printed_summary.write(chosen(records, tmp_path, extent=extent))
    return text_of(files_of(dress)["summary.pdf"])


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return summary(maya(), tmp_path_factory.mktemp("print"))


def test_the_summary_is_two_pages_in_the_order_a_doctor_expects(pages):
    assert len(pages) == 2
    whole = " ".join(pages)
    places = [whole.index(heading) for heading in ORDER]
    assert places == sorted(places)
    for word in ("Maya Elin Rosander", "17 April 1961", "Apixaban 5 mg", "Penicillin"):
        assert word in whole


def test_every_page_bears_its_number_its_day_and_whose_copy_it_is(pages):
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of 2" in page
        assert "handed over by the patient, 24 November 2026" in page


def test_what_found_no_room_is_counted(pages):
    whole = " ".join(pages)
    assert "and 81 more, in the full records" in whole
    assert "letters and documents (21)" in whole
    assert "Nobody else has checked this page." in whole


def test_a_range_is_the_laboratorys_own(pages):
    assert "usual: 70 to 99 mg/dL" in " ".join(pages)


def test_a_very_long_life_still_fits_two_pages(tmp_path):
    words = "A condition with a name that takes up a good deal of room on a line"
    many = [
        shared(
            {
                "resourceType": kind,
                "id": f"{kind}{number}",
                "code": {"text": f"{words} {number}"},
                "onsetDateTime": "2020",
            }
        )
        for kind in ("Condition", "AllergyIntolerance", "Procedure")
        for number in range(80)
    ]
    pages = summary([*maya(), *many], tmp_path)
    assert len(pages) == 2


def test_of_nothing_it_says_that_nothing_is_in_the_copy(tmp_path):
    (page,) = summary([], tmp_path)
    assert "No allergy is in this copy." in page
    assert "No known" not in page


def test_what_the_patient_wrote_is_marked(tmp_path):
    own = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Strawberries"},
        "meta": {"tag": [{"code": "PATAST"}]},
    }
    (page,) = summary([shared(own, title="Strawberries")], tmp_path)
    assert "1 of the records are written by the patient" in page
    assert page.count("written by the patient") == 2


def test_what_was_held_back_leaves_no_trace_on_paper(tmp_path):
    kept = [record for record in maya() if not is_labelled(record)]
    whole = " ".join(summary(kept, tmp_path, extent=Extent.SCOPED))
    dress = printed_records.write(chosen(kept, tmp_path, extent=Extent.SCOPED))
    whole += " ".join(text_of(files_of(dress)["health-records.pdf"]))
    for word in ("Depression", "Sertraline", "PHQ-9", "Talking", "rinking", "willow"):
        assert word not in whole
    assert "there may be more" in whole


def test_the_stick_brings_the_two_pages_along(tmp_path):
    parts = whole_history(maya()[:40], made_at=NOW, salt=b"s" * 32, scratch=tmp_path)
    assert [part.name for part in parts][:5] == [
        "START-HERE.html",
        "fhir/patient-shared.json",
        "fhir/ips.json",
        "health-records-xdm.zip",
        "summary.pdf",
    ]


def test_every_record_stands_in_the_long_print(tmp_path):
    dress = printed_records.write(chosen(maya(), tmp_path))
    pages = text_of(files_of(dress)["health-records.pdf"])
    assert "677 records" in pages[0]
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    whole = " ".join(pages)
    assert whole.count("Blood pressure") > 40
    assert dress.held + len(dress.left_out) == len(maya())


def test_letters_of_other_scripts_are_set_or_said_never_wrong():
    made = Faces()
    assert (
        made.set("M\u00fcller & S\u00f6n <x>") == "M\u00fcller &amp; S\u00f6n &lt;x&gt;"
    )
    assert made.missing == 0
    assert made.set("\u05d0\u05d1 Ana") == f"{MISSING} Ana"
    assert made.missing == 2
    bare = Faces(wide=())
    assert MISSING in bare.set("\u0410\u043d\u043d\u0430")
    assert bare.missing == 4


def wide_faces(monkeypatch, held, *, damaged=()):
    """Faces that have just these letters, and the list of those that were read."""
    read = []
    fonts = {
        faces.REGULAR: SimpleNamespace(face=SimpleNamespace(charToGlyph={ord("A")}))
    }

    def load(name, source):
        if isinstance(source, str):
            read.append(source)
            letters = SimpleNamespace(charToGlyph=set(map(ord, held[source])))
            fonts[name] = SimpleNamespace(face=letters)
        return source not in damaged

    monkeypatch.setattr(faces, "_load", load)
    monkeypatch.setattr(faces.pdfmetrics, "getFont", fonts.get)
    monkeypatch.setattr(faces.Path, "is_file", lambda _path: True)
    return Faces(wide=tuple(held)), read


def test_a_letter_is_set_in_the_first_face_that_has_it_and_no_face_is_read_before(
    monkeypatch,
):
    held = {"greek": "\u03b1", "chinese": "\u4e2d\u03b1\u0905"}
    made, read = wide_faces(monkeypatch, held)
    assert (made.set("AA"), read) == ("AA", [])
    assert made.set("\u03b1") == '<font name="Heartwood-Wide-1">\u03b1</font>'
    assert read == ["greek"]
    assert made.set("A\u4e2d") == 'A<font name="Heartwood-Wide-2">\u4e2d</font>'
    assert made.missing == 0
    assert made.set("\u0905") == MISSING  # Indic letters change by their neighbours
    assert made.missing == 1


def test_a_damaged_face_is_passed_over(monkeypatch):
    held = {"greek": "\u03b1", "chinese": "\u03b1"}
    made, read = wide_faces(monkeypatch, held, damaged=("greek",))
    assert made.set("\u03b1") == '<font name="Heartwood-Wide-2">\u03b1</font>'
    assert read == ["greek", "chinese"]


def test_a_page_with_letters_it_cannot_set_says_so(tmp_path):
    record = {"resourceType": "Condition", "code": {"text": "\u05d0\u05d1"}}
    (page,) = summary([shared(record, title="\u05d0\u05d1")], tmp_path)
    assert "stands for letters that this print has no type for" in page


@pytest.mark.parametrize(
    ("value", "spot"), [(70, 28.0), (99, 56.0), (84.5, 42.0), (-900, 2.6), (900, 81.4)]
)
def test_a_value_stands_where_it_belongs_on_its_line(value, spot):
    assert place(Band(value, 70, 99)) == pytest.approx(spot)


def band_of(**more):
    resource = {
        "resourceType": "Observation",
        "code": {"text": "Glucose"},
        "valueQuantity": {"value": 98, "unit": "mg/dL"},
        "referenceRange": [
            {
                "low": {"value": 70, "unit": "mg/dL"},
                "high": {"value": 99, "unit": "mg/dL"},
            }
        ],
        **more,
    }
    record = shared(resource, title="Glucose")
    naming = Naming([record], extent=Extent.WHOLE, salt=b"s" * 32)
    return line_of(record, resource, Extent.WHOLE, naming.medicines()).band


def test_a_range_of_another_unit_or_with_one_end_is_not_drawn():
    assert band_of() == Band(98.0, 70.0, 99.0)
    other = {"value": 5.4, "unit": "mmol/L"}
    assert band_of(valueQuantity=other) is None
    assert band_of(referenceRange=[{"low": {"value": 70}}]) is None
    assert band_of(valueQuantity={"value": 98, "comparator": "<"}) is None


def test_the_more_urgent_allergy_comes_first():
    def line(name, *, urgent):
        resource = {"resourceType": "AllergyIntolerance", "code": {"text": name}}
        resource |= {"criticality": "high"} if urgent else {}
        record = shared(resource, title=name)
        naming = Naming([record], extent=Extent.WHOLE, salt=b"s" * 32)
        return line_of(record, resource, Extent.WHOLE, naming.medicines())

    held = [line("Grass", urgent=False), line("Bees", urgent=True)]
    assert all(isinstance(one, Line) for one in held)
    first = chapters(held, ROOMS[0])[0]
    assert [one.facts.what for one in first.lines] == ["Bees", "Grass"]
