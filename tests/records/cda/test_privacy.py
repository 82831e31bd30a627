"""Labels of CDA documents: where they come from, and that none gets lost."""

from __future__ import annotations

import pytest

from tests.support import cda_builder as cda
from wallet.records import labels
from wallet.records.cda.document import Document

RESTRICTED = '<confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>'
NORMAL = '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>'
ONE = "<paragraph>Text.</paragraph>"


def parts_of(raw: bytes):
    return {part.place: part for part in Document(raw).parts()}


def level_of(part):
    return labels.confidentiality(part.labels)


def sensitivity_of(part):
    return set(labels.sensitivity(part.labels))


def basis_of(part, code: str) -> str:
    return next(label.basis for label in part.labels if label.code == code)


def test_a_restricted_document_yields_no_unlabelled_record():
    raw = cda.document(
        cda.section("11450-4", cda.problem("Gout"), text=ONE),
        cda.section("30954-2", cda.result('<value xsi:type="ST">x</value>')),
        level=RESTRICTED,
    )
    parts = parts_of(raw)
    assert len(parts) == 7
    assert {level_of(part) for part in parts.values()} == {"R"}
    assert basis_of(parts["document"], "R") == "source"
    assert basis_of(parts["section 1 Health conditions entry 1"], "R") == "container"


def test_a_level_nobody_knows_is_the_highest():
    raw = cda.document(level='<confidentialityCode code="X9"/>')
    assert level_of(parts_of(raw)["patient"]) == "V"


def test_a_masked_level_is_the_highest():
    raw = cda.document(level='<confidentialityCode nullFlavor="MSK"/>')
    assert level_of(parts_of(raw)["patient"]) == "V"


def test_an_old_code_for_a_sensitivity_is_one():
    raw = cda.document(level='<confidentialityCode code="HIV"/>')
    assert sensitivity_of(parts_of(raw)["patient"]) == {"HIV"}


def test_a_section_speaks_for_its_entries_and_the_document_bears_the_highest():
    raw = cda.document(
        cda.section("11450-4", cda.problem("Gout"), text=ONE, extra=RESTRICTED),
        cda.section("48765-2", text=ONE),
    )
    parts = parts_of(raw)
    assert level_of(parts["section 1 Health conditions"]) == "R"
    assert level_of(parts["section 1 Health conditions entry 1"]) == "R"
    assert level_of(parts["section 2 Allergies"]) == "N"
    assert level_of(parts["document"]) == "R"


def test_a_section_that_says_normal_in_a_restricted_document_is_normal():
    raw = cda.document(
        cda.section("11450-4", cda.problem("Gout"), extra=NORMAL), level=RESTRICTED
    )
    part = parts_of(raw)["section 1 Health conditions entry 1"]
    assert level_of(part) == "N"


def test_an_annotation_of_one_entry_is_its_own_and_marks_the_text_around():
    raw = cda.document(
        cda.section(
            "11450-4",
            cda.problem("Gout", more=cda.annotation("PSY")),
            cda.problem("Asthma", number="p2"),
            text=ONE,
        )
    )
    parts = parts_of(raw)
    assert sensitivity_of(parts["section 1 Health conditions entry 1"]) == {"PSY"}
    assert sensitivity_of(parts["section 1 Health conditions entry 2"]) == set()
    assert sensitivity_of(parts["section 1 Health conditions"]) == {"PSY"}
    assert basis_of(parts["section 1 Health conditions"], "PSY") == "parts"
    assert sensitivity_of(parts["document"]) == {"PSY"}


def test_an_annotation_is_no_record():
    raw = cda.document(
        cda.section("11450-4", cda.problem("Gout", more=cda.annotation("PSY")))
    )
    kinds = [p.resource["resourceType"] for p in parts_of(raw).values() if p.resource]
    assert "Observation" not in kinds


def test_the_notice_of_part_2_holds_for_the_whole_document():
    raw = cda.document(
        cda.section("51848-0", text=f"<paragraph>{cda.NOTICE}</paragraph>"),
        cda.section("11450-4", cda.problem("Gout")),
    )
    part = parts_of(raw)["section 2 Health conditions entry 1"]
    assert "42CFRPart2" in sensitivity_of(part)
    assert level_of(part) == "R"
    levels = [one.code for one in part.labels if one.system == labels.CONFIDENTIALITY]
    assert levels == ["R"]
    whole = parts_of(raw)["document"]
    assert basis_of(whole, "42CFRPart2") == "notice"


@pytest.mark.parametrize(
    "text",
    [
        "42 CFR part 2 prohibits unauthorized disclosure of these records.",
        "protected by Federal law (42 C.F.R. Part 2). You must not disclose it.",
        "42\n CFR Part 2 ... re-disclosure without consent",
        "42 CFR \u00a7 2.32 prohibits disclosure",
    ],
)
def test_other_wordings_of_the_notice_are_seen(text):
    raw = cda.document(cda.section("51848-0", text=f"<paragraph>{text}</paragraph>"))
    assert "42CFRPart2" in sensitivity_of(parts_of(raw)["patient"])


def test_42_of_something_else_is_no_notice():
    raw = cda.document(
        cda.section("51848-0", text="<paragraph>42 CFR Part 20, disclosure</paragraph>")
    )
    assert "42CFRPart2" not in sensitivity_of(parts_of(raw)["patient"])


def test_what_could_not_be_read_is_labelled_too():
    raw = cda.document(cda.section("11450-4", "<act/>"), level=RESTRICTED)
    part = parts_of(raw)["section 1 Health conditions entry 1"]
    assert part.resource is None
    assert level_of(part) == "R"


def test_a_nested_section_takes_what_the_outer_one_says():
    inner = cda.section("11450-4", cda.problem("Gout"))
    raw = cda.document(
        cda.section(
            "30954-2", text=ONE, extra=f"{RESTRICTED}<component>{inner}</component>"
        )
    )
    assert level_of(parts_of(raw)["section 2 Health conditions entry 1"]) == "R"


def test_codes_give_labels_by_rule():
    raw = cda.document(
        cda.section(
            "11450-4",
            cda.problem("Uncomplicated", code="F11.20", system=cda.ICD10),
            text=ONE,
        )
    )
    parts = parts_of(raw)
    part = parts["section 1 Health conditions entry 1"]
    assert basis_of(part, "OPIOIDUD") == "rule"
    # What the section says in words may name it.
    assert "OPIOIDUD" in sensitivity_of(parts["section 1 Health conditions"])
