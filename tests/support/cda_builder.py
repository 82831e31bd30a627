"""Small CDA documents for tests, written out rather than made by a library."""

from __future__ import annotations

ROOT = "2.16.840.1.113883.10.20.22.4"
SNOMED = "2.16.840.1.113883.6.96"
LOINC = "2.16.840.1.113883.6.1"
ICD10 = "2.16.840.1.113883.6.90"


def document(
    *sections: str,
    level: str = '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>',
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    effective: str = "20240305101500-0500",
) -> bytes:
    """A document of Maya Lindqvist with these sections."""
    body = "".join(f"<component>{section}</component>\n" for section in sections)
    return f"""{prolog}<ClinicalDocument xmlns="urn:hl7-org:v3"
 xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/>
<id root="1.2.3.4" extension="doc-1"/>
<code code="34133-9" codeSystem="{LOINC}" displayName="Summary of episode note"/>
<title>Summary of care</title>
<effectiveTime value="{effective}"/>
{level}
<recordTarget><patientRole>
<id root="2.16.840.1.113883.19.5" extension="998991"/>
<addr use="HP"><streetAddressLine>1 Oak St</streetAddressLine>
<city>Portland</city></addr>
<telecom use="MC" value="tel:+1(555)555-0100"/>
<patient><name use="L"><given>Maya</given><given>E</given>
<family>Lindqvist</family></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="19700307"/></patient></patientRole></recordTarget>
<author><time value="20240305"/><assignedAuthor><id root="2.16.840.1.113883.4.6"
 extension="1234567893"/><assignedPerson><name><prefix>Dr.</prefix><given>Ana</given>
<family>Ruiz</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>
<id root="2.16.840.1.113883.19.7" extension="clinic"/><name>Oak Clinic</name>
</representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>
{body}</structuredBody></component>
</ClinicalDocument>
""".encode()


def section(
    code: str, *entries: str, title: str = "Part", text: str = "", extra: str = ""
) -> str:
    """A section by its LOINC code."""
    told = f"<text>{text}</text>" if text else ""
    inner = "".join(f"<entry>{entry}</entry>\n" for entry in entries)
    return (
        f'<section><code code="{code}" codeSystem="{LOINC}"/><title>{title}</title>'
        f"{told}{extra}\n{inner}</section>"
    )


def problem(
    name: str,
    *,
    code: str = "38341003",
    system: str = SNOMED,
    number: str = "p1",
    when: str = '<low value="20111005"/>',
    status: str = "active",
    more: str = "",
    negated: str = "",
) -> str:
    """A problem concern around one problem."""
    return f"""<act classCode="ACT" moodCode="EVN"><templateId root="{ROOT}.3"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{status}"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{negated}>
<templateId root="{ROOT}.4"/><id root="1.2.3.9" extension="{number}"/>
<code code="55607006" codeSystem="{SNOMED}"/><statusCode code="completed"/>
<effectiveTime>{when}</effectiveTime>
<value xsi:type="CD" code="{code}" codeSystem="{system}" displayName="{name}"/>
{more}</observation></entryRelationship></act>"""


def result(
    value: str,
    *,
    code: str = "2345-7",
    name: str = "Glucose",
    number: str = "r1",
    when: str = "20240301",
    more: str = "",
) -> str:
    """A panel of one result."""
    return f"""<organizer classCode="BATTERY" moodCode="EVN">
<templateId root="{ROOT}.1"/><id root="1.2.3.8" extension="panel-{number}"/>
<code code="24323-8" codeSystem="{LOINC}" displayName="Metabolic panel"/>
<statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="{ROOT}.2"/>
<id root="1.2.3.8" extension="{number}"/>
<code code="{code}" codeSystem="{LOINC}" displayName="{name}"/>
<statusCode code="completed"/><effectiveTime value="{when}"/>
{value}{more}</observation></component></organizer>"""


def annotation(code: str, *, system: str = "2.16.840.1.113883.5.4") -> str:
    """A DS4P privacy annotation, to be put inside an entry."""
    return f"""<entryRelationship typeCode="COMP"><observation classCode="OBS"
 moodCode="EVN"><templateId root="2.16.840.1.113883.3.445.21"/>
<code code="SECCATOBS" codeSystem="2.16.840.1.113883.1.11.20471"/>
<value xsi:type="CE" code="{code}" codeSystem="{system}"/></observation>
</entryRelationship>"""


NOTICE = (
    "PROHIBITION ON REDISCLOSURE: This record is protected by federal "
    "confidentiality rules (42 C.F.R. Part 2). The federal rules prohibit you from "
    "making any further disclosure."
)
