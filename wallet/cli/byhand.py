"""`heartwood records add|correct|go-back|note|tag|...`: what a patient writes."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wallet.actions.patient import byhand, remarks
from wallet.cli.answer import Answer, rfc3339
from wallet.cli.new_file import fresh
from wallet.cli.unlock import unlocked
from wallet.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from wallet.actions.patient.record_page import RecordPage

_MOST_GIVEN = 1 << 20


def add_commands(
    words: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Declare what can be done to records by hand, below ``records``."""

    def add(
        word: str, run: Callable[[argparse.Namespace], Answer], said: str, *names: str
    ) -> argparse.ArgumentParser:
        made = words.add_parser(word, help=said)
        made.set_defaults(run=run)
        for name in names:
            made.add_argument(name)
        return made

    add("forms", _forms, "what can be written by hand, field by field")
    new = add("add", _add, "write a record by hand", "kind")
    fix = add("correct", _correct, "write a newer version; the old one stays", "id")
    for one in (new, fix):
        for key, name in _fields().items():
            one.add_argument(f"--{key}", metavar=key.upper(), help=name)
        one.add_argument(
            "--from",
            dest="given",
            metavar="FILE",
            help="the fields as a JSON object; - is the standard input",
        )
    back = add("go-back", _go_back, "let an earlier version count again", "id")
    back.add_argument("version", type=int)
    note = add("note", _note, "a note beside a record; - reads it", "id")
    note.add_argument("text", nargs="*")
    note.add_argument("--remove", metavar="NOTE", help="take a note away for good")
    tag = add("tag", _tag, "a tag on a record", "id", "tag")
    tag.add_argument("--remove", action="store_true")
    attach = add("attach", _attach, "a PDF or a picture beside a record", "id")
    attach.add_argument("file", type=Path)
    save = add("attachment", _attachment, "write an attached file", "id", "attachment")
    save.add_argument("--out", type=Path, required=True, metavar="FILE")
    add("detach", _detach, "take an attached file away for good", "id", "attachment")
    keep = add("private", _private, "share it only where that is ticked", "id")
    keep.add_argument("--undo", action="store_true", help="only a mark of your own")


def page_json(page: RecordPage) -> dict[str, Any]:
    """What `records show --json` says of a patient's own hand."""
    added = page.remarks
    return {
        "author": page.author,
        "can_be_corrected": page.can_be_corrected,
        "marks": [
            {
                "code": mark.code,
                "words": mark.words,
                "reason": mark.reason,
                "yours": mark.hers,
            }
            for mark in page.marks
        ],
        "notes": [
            {
                "id": note.note_id,
                "text": note.text,
                "written": rfc3339(note.written_at),
            }
            for note in added.notes
        ],
        "tags": list(added.tags),
        "attachments": [
            {
                "id": file.attachment_id,
                "name": file.name,
                "type": file.media_type,
                "size": file.size,
                "added": rfc3339(file.added_at),
            }
            for file in added.attachments
        ],
    }


def page_lines(page: RecordPage) -> list[str]:
    """The same for people."""
    added = page.remarks
    lines = [f"  {page.author}."] if page.author else []
    lines += [f"  Marked: {mark.words}. {mark.reason}" for mark in page.marks]
    lines += [f"  Tag: {name}" for name in added.tags]
    lines += [f"  Note {one.note_id}: {one.text}" for one in added.notes]
    lines += [f"  File {one.attachment_id}: {one.name}" for one in added.attachments]
    for version in page.versions:
        who = "you" if version.by_patient else version.source_name
        now = (
            ", the one that counts" if version.holds and len(page.versions) > 1 else ""
        )
        lines.append(f"  Version {version.number} by {who}{now}")
        lines += [
            f"    {one.name}: {one.before or 'nothing'} became {one.after or 'nothing'}"
            for one in version.changes
        ]
    return lines


def _now() -> datetime:
    return datetime.now(UTC)


def _forms(_args: argparse.Namespace) -> Answer:
    lines = []
    for form in byhand.FORMS:
        lines.append(f"{form.category}: {form.name}")
        lines += [
            f"  {one.key}: {one.name} {_example(one)}".rstrip() for one in form.fields
        ]
    return Answer(
        data={
            "forms": [
                {
                    "kind": form.category,
                    "name": form.name,
                    "fields": [
                        {
                            "key": field.key,
                            "name": field.name,
                            "takes": field.kind.value,
                            "obligatory": field is form.fields[0],
                        }
                        for field in form.fields
                    ],
                }
                for form in byhand.FORMS
            ]
        },
        text="\n".join(lines),
    )


def _example(field: byhand.Field) -> str:
    if field.kind is byhand.Kind.DATE:
        return "(2024-03-09, 2024-03 or 2024)"
    return f"({field.example})" if field.example else ""


def _add(args: argparse.Namespace) -> Answer:
    entries = _entries(args)
    with unlocked(args) as wallet:
        made = byhand.add(wallet, args.kind, entries, now=_now())
    return Answer(data={"id": made}, text=f"It is written down. You wrote this: {made}")


def _correct(args: argparse.Namespace) -> Answer:
    entries = _entries(args)
    with unlocked(args) as wallet:
        changed = byhand.correct(wallet, args.id, entries, now=_now())
    said = "It is corrected. What was there before stays beneath it."
    if not changed:
        said = "It says that already. Nothing was changed."
    return Answer(data={"id": args.id, "changed": changed}, text=said)


def _entries(args: argparse.Namespace) -> dict[str, str]:
    """Fields from a JSON object, and over them those on the command line."""
    entries = _given(args.given) if args.given else {}
    said = {key: getattr(args, key) for key in _fields()}
    return entries | {key: text for key, text in said.items() if text is not None}


def _fields() -> dict[str, str]:
    """Every field there is, with its name in the first form that has it."""
    found: dict[str, str] = {}
    for form in byhand.FORMS:
        for field in form.fields:
            found.setdefault(field.key, field.name)
    return found


def _given(name: str) -> dict[str, str]:
    try:
        data = (
            sys.stdin.buffer.read(_MOST_GIVEN)
            if name == "-"
            else Path(name).read_bytes()[:_MOST_GIVEN]
        )
        said = json.loads(data)
    except OSError:
        raise UsageError("the file with the fields cannot be read") from None
    except ValueError:
        raise UsageError("the fields are one JSON object") from None
    if not isinstance(said, dict) or not all(isinstance(v, str) for v in said.values()):
        raise UsageError("the fields are one JSON object of texts")
    return said


def _go_back(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        byhand.go_back(wallet, args.id, args.version, now=_now())
    return Answer(
        data={"id": args.id},
        text=f"Version {args.version} counts again. The others stay beneath it.",
    )


def _note(args: argparse.Namespace) -> Answer:
    if args.remove:
        with unlocked(args) as wallet:
            remarks.remove_note(wallet, args.id, args.remove)
        return Answer(text="The note is gone for good.")
    text = " ".join(args.text)
    if text == "-":
        text = sys.stdin.read(remarks.MOST_NOTE + 1)
    with unlocked(args) as wallet:
        made = remarks.add_note(wallet, args.id, text, now=_now())
    return Answer(data={"id": made}, text=f"{_YOURS} The note is {made}.")


_YOURS = "It stays with you: no reader of your records sees it."


def _tag(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        if args.remove:
            remarks.remove_tag(wallet, args.id, args.tag)
        else:
            remarks.add_tag(wallet, args.id, args.tag)
    return Answer(text="The tag is gone." if args.remove else _YOURS)


def _attach(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        made = remarks.attach(wallet, args.id, args.file, now=_now())
    return Answer(data={"id": made}, text=f"{_YOURS} The file is {made}.")


def _attachment(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet, fresh(args.out) as sink:
        remarks.save_attachment(wallet, args.id, args.attachment, sink)
    return Answer(
        data={"file": str(args.out)},
        text=f"It is in {args.out}. Anybody who has the file can read it.",
    )


def _detach(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        remarks.detach(wallet, args.id, args.attachment)
    return Answer(text="The file is gone from the wallet for good.")


def _private(args: argparse.Namespace) -> Answer:
    with unlocked(args) as wallet:
        if args.undo:
            remarks.end_private(wallet, args.id)
        else:
            remarks.keep_private(wallet, args.id)
    said = "It is kept private: whoever you share with sees it only if you tick that."
    if args.undo:
        said = "Your mark is gone. Marks of others stay."
    return Answer(text=said)
