"""A clinical document made of resources, and read again by our own reader."""

import io
import tempfile
from pathlib import Path

from tests.support.selections import NOW
from tests.support.shared_records import shared
from wallet.exports.cda.document import write_document
from wallet.exports.naming import Naming
from wallet.exports.trimming import Extent
from wallet.records.cda.document import Document

NAMES = ("id", "identifier", "subject", "patient", "recorder", "performer", "note")


def written(records, *, extent=Extent.WHOLE):
    """The bytes of the document, and what it says it did."""
    sink = io.BytesIO()
    naming = Naming(records, extent=extent, salt=b"s" * 32)
    scratch = Path(tempfile.gettempdir())
    said = write_document(records, sink, naming=naming, made_at=NOW, scratch=scratch)
    return sink.getvalue(), said


def parts(data):
    """Every record our reader finds in a document."""
    document = Document(data)
    found = list(document.parts())
    assert document.findings == []
    assert [part.cause for part in found if part.resource is None] == []
    return found


def again(resource, **more):
    """*resource* written and read: the one record of its type that comes back."""
    data, _ = written([shared(resource, **more)])
    kind = resource["resourceType"]
    found = [p.resource for p in parts(data) if p.resource["resourceType"] == kind]
    assert len(found) == 1, data.decode()
    return found[0]
