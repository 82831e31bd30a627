"""A stranger's reader of our clinical documents, and the schema if one is named.

    python cda_reader.py DOCUMENT [SCHEMA]

prints, as one line of JSON, how many FHIR resources of each type ccda-to-fhir makes of
the document, and what CDA_SDTC.xsd under SCHEMA finds wrong with it.
"""

import collections
import json
import logging
import sys

from ccda_to_fhir import convert_document
from lxml import etree


def main():
    logging.disable(logging.CRITICAL)
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 a name from its caller
        made = convert_document(file.read())
    bundle = made.get("bundle", made)
    kinds = collections.Counter(
        entry["resource"]["resourceType"] for entry in bundle["entry"]
    )
    wrong = []
    if len(sys.argv) > 2:
        schema = etree.XMLSchema(etree.parse(sys.argv[2]))
        schema.validate(etree.parse(sys.argv[1]))
        wrong = [f"{fault.line}: {fault.message}" for fault in schema.error_log]
    json.dump({"kinds": kinds, "wrong": wrong}, sys.stdout)


if __name__ == "__main__":
    main()
