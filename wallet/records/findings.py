"""What a reader remarks: where, why, and a sentence that says it plainly."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Cause(StrEnum):
    """Why something was not read as a record, or was read with a remark."""

    BROKEN_XML = "broken_xml"
    BYTE_ORDER_MARK = "byte_order_mark"
    COMPANION = "companion"
    CUT_OFF = "cut_off"
    DAMAGED_ARCHIVE = "damaged_archive"
    CARD_ENDED = "card_ended"
    CARD_ISSUER_UNKNOWN = "card_issuer_unknown"
    CARD_REFUSED = "card_refused"
    COLUMNS_UNKNOWN = "columns_unknown"
    DATES_UNCLEAR = "dates_unclear"
    DUPLICATE_KEY = "duplicate_key"
    EMPTY = "empty"
    ENTITY = "entity"
    FLAW_CODE = "flaw_code"
    FLAW_EMPTY = "flaw_empty"
    FLAW_FORMAT = "flaw_format"
    FLAW_MISSING = "flaw_missing"
    FLAW_RULE = "flaw_rule"
    FLAW_SHAPE = "flaw_shape"
    FLAW_TARGET = "flaw_target"
    FLAW_TWO = "flaw_two"
    FLAW_UNKNOWN = "flaw_unknown"
    FLAWS_OF_MORE_KINDS = "flaws_of_more_kinds"
    FOREIGN_FORMAT = "foreign_format"
    HELD_APART = "held_apart"
    LABELS = "labels"
    LINK = "link"
    LISTED_MISSING = "listed_missing"
    LISTED_OTHERWISE = "listed_otherwise"
    LIST_DAMAGED = "list_damaged"
    LOCKED = "locked"
    LINK_KEY_MISSING = "link_key_missing"
    LINK_REFUSED = "link_refused"
    NOT_A_FILE = "not_a_file"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_RECORD = "not_a_record"
    NOT_JSON = "not_json"
    NOT_UNDERSTOOD = "not_understood"
    NOT_UTF8 = "not_utf8"
    NOT_XML = "not_xml"
    NO_RECORD = "no_record"
    ODD_NAME = "odd_name"
    OTHER_PERSON = "other_person"
    OTHER_RELEASE = "other_release"
    SAID_ELSEWHERE = "said_elsewhere"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    TRAILING = "trailing"
    TRANSLATED = "translated"
    UNKNOWN_ENTRY = "unknown_entry"
    UNKNOWN_FORMAT = "unknown_format"
    UNKNOWN_TYPE = "unknown_type"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    UNREADABLE_FILE = "unreadable_file"
    UNSTEADY_FILE = "unsteady_file"


_SENTENCES = {
    Cause.BROKEN_XML: "From here on the file is not written as it should be. What came "
    "before was taken, and its bytes are kept.",
    Cause.BYTE_ORDER_MARK: "The file starts with an invisible mark. It was still read.",
    Cause.COMPANION: "This file only shows or lists the others. It is kept as it is.",
    Cause.CUT_OFF: "The file ends in the middle of a record. Ask for the file again; "
    "what came before it was taken.",
    Cause.DAMAGED_ARCHIVE: "This collection of files is damaged. What could be read "
    "was taken, and its bytes are kept. Ask for it again.",
    Cause.CARD_ENDED: "This signed card has run out. What it says was read.",
    Cause.CARD_ISSUER_UNKNOWN: "Whoever signed this card is not on your list. "
    "What it says was read, but nobody vouches for it.",
    Cause.CARD_REFUSED: "This signed card breaks a rule of its kind, so nothing in it "
    "is believed. It is kept as it is.",
    Cause.COLUMNS_UNKNOWN: "It is not clear which column of this table is what. "
    "Say it once, and it will be remembered. The table is kept as it is.",
    Cause.DATES_UNCLEAR: "Days and months in this table could be either way round, so "
    "its records have no date. Say which it is, and bring it in again.",
    Cause.DUPLICATE_KEY: "This record says the same thing twice in different ways, so "
    "it was not read. Its bytes are kept.",
    Cause.EMPTY: "The file is empty.",
    Cause.ENTITY: "This part uses abbreviations that a health document has no use for. "
    "They were not followed; its bytes are kept.",
    Cause.FLAW_CODE: "A code here is none of those its place in a record can have. "
    "It was taken as it is.",
    Cause.FLAW_EMPTY: "A part of a record is there, but nothing is in it. "
    "It was taken as it is.",
    Cause.FLAW_FORMAT: "A date, a number or a name is not written as it should be. "
    "It was taken as it is.",
    Cause.FLAW_MISSING: "Something that a record of this kind should say is missing. "
    "It was taken as it is.",
    Cause.FLAW_RULE: "Two things that a record says do not go together. "
    "It was taken as it is.",
    Cause.FLAW_SHAPE: "A part of a record is not built as it should be. "
    "It was taken as it is.",
    Cause.FLAW_TARGET: "A record refers to something that does not belong there. "
    "It was taken as it is.",
    Cause.FLAW_TWO: "A record says two things where there can be only one. "
    "It was taken as it is.",
    Cause.FLAW_UNKNOWN: "A record says something that its format has no place for. "
    "It was taken as it is.",
    Cause.FLAWS_OF_MORE_KINDS: "Records of this file break further rules of their "
    "format. They were taken as they are.",
    Cause.FOREIGN_FORMAT: "This version cannot read this kind of file yet. "
    "It is kept as it is.",
    Cause.HELD_APART: "This file may be about somebody else. It is kept apart, and "
    "no record of it is shown or shared unless you say that it is yours.",
    Cause.LABELS: "This part only says how the others are to be treated.",
    Cause.LINK: "This is a link to another place. It was not followed; "
    "choose that place itself if you want what is there.",
    Cause.LISTED_MISSING: "The list of contents names a file that is not here.",
    Cause.LISTED_OTHERWISE: "This file is not quite the one that the list of contents "
    "describes. It was read as it is.",
    Cause.LIST_DAMAGED: "The list of contents is damaged. The files were still read, "
    "and count as restricted.",
    Cause.LOCKED: "This is locked with a password of its own. It is kept as it is; "
    "unlock it with the program it came from and bring it in again.",
    Cause.LINK_KEY_MISSING: "This file is locked, and its key is in a link that is not "
    "here. Bring in the link and the file together. It is kept as it is.",
    Cause.LINK_REFUSED: "This link breaks a rule of its kind, so it is not used. "
    "It is kept as it is.",
    Cause.NOT_A_FILE: "This is no file. Nothing was taken from it.",
    Cause.NOT_A_NUMBER: "A value in this record is not a number. Its bytes are kept.",
    Cause.NOT_A_RECORD: "This is readable, but it is no health record that can be "
    "shown. It is kept as it is.",
    Cause.NOT_JSON: "This part is not written as it should be. Its bytes are kept.",
    Cause.NOT_UNDERSTOOD: "This part holds something unexpected. It is kept as it is.",
    Cause.NOT_UTF8: "Some letters in this part are damaged. Its bytes are kept.",
    Cause.NOT_XML: "This part is damaged. What stands behind it was still read.",
    Cause.NO_RECORD: "This line of the file holds no record.",
    Cause.ODD_NAME: "The name of this file tries to lead somewhere else. It was not "
    "read; its bytes are kept.",
    Cause.OTHER_PERSON: "This file holds records of more than one person. "
    "Look at them before you share.",
    Cause.OTHER_RELEASE: "This is written in another release of the format. "
    "It is kept as it is.",
    Cause.SAID_ELSEWHERE: "What this says stands in the file beside it and is read "
    "there. It is kept as it is.",
    Cause.TOO_DEEP: "This part is nested too deeply to be read. Its bytes are kept.",
    Cause.TOO_LARGE: "This part is too large to be read. Its bytes are kept.",
    Cause.TRAILING: "There is something after the end of the records. "
    "Its bytes are kept.",
    Cause.TRANSLATED: "This is written in another release of the format. It was "
    "translated, and the original is kept beside it.",
    Cause.UNKNOWN_ENTRY: "This entry is of a kind that cannot be shown as a record. "
    "Its text can be read and searched, and it is kept as it is.",
    Cause.UNKNOWN_FORMAT: "This file is in no format this program knows. "
    "Its bytes are kept.",
    Cause.UNKNOWN_TYPE: "This kind of record is not known. It is kept as it is.",
    Cause.UNPACKS_TOO_LARGE: "This would unpack to far more than it should. It was "
    "not unpacked; its bytes are kept.",
    Cause.UNREADABLE_FILE: "This file could not be read. Nothing was taken from it.",
    Cause.UNSTEADY_FILE: "This file changed while it was read. Nothing was taken from "
    "it. Try again when nothing writes to it.",
}
FLAWS = frozenset(cause for cause in Cause if cause.value.startswith("flaw"))
"""Rules of its own format that a record breaks; it is taken in all the same."""
MOST_FINDINGS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One remark: a JSON pointer or a line number, why, and a sentence.

    ``detail`` is a word of the format (a release, a type), never of a record; ``more``
    counts further places of the same kind, which are not told one by one.
    """

    place: str
    cause: Cause
    detail: str = ""
    more: int = 0

    @property
    def is_flaw(self) -> bool:
        """Whether it tells of a rule that is broken, and not of something unread."""
        return self.cause in FLAWS

    @property
    def plainly(self) -> str:
        """What it is, without words of the format."""
        return _SENTENCES[self.cause]

    @property
    def sentence(self) -> str:
        """Say it plainly."""
        said = f"{self.plainly} ({self.detail})" if self.detail else self.plainly
        return f"{said} And {self.more:,} more of this kind." if self.more else said

    def as_json(self) -> dict[str, Any]:
        """The shape of DESIGN.md 6."""
        return {
            "place": self.place,
            "reason": self.cause.value,
            "sentence": self.sentence,
            "more": self.more,
        }


def how_many(findings: Iterable[Finding]) -> int:
    """The number of places that *findings* tell of."""
    return sum(1 + finding.more for finding in findings)
