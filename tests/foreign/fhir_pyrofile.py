"""pyrofile-validator, as a program of its own: what it finds in FHIR files.

    python fhir_pyrofile.py FOLDER,FOLDER < LIST     one JSON line a finding

The folders hold definitions, a resource a file; LIST names a file a line. A line of the
answer is {file, judge, rule, place, text}, perhaps with the id of the resource. What
its libraries print goes to the errors.
"""

import json
import logging
import sys
from pathlib import Path

from pyrofile_validator.config import ValidatorConfig
from pyrofile_validator.core.engine import Validator


def main(folders):
    out, sys.stdout = sys.stdout, sys.stderr
    logging.disable(logging.CRITICAL)
    config = ValidatorConfig()
    config.local_package_paths = folders.split(",")
    config.error_on_unknown_profile = False
    config.allow_unknown_extensions = True
    validator = Validator(config)
    for file in sys.stdin.read().split("\n"):
        if not file:
            continue
        held = json.loads(Path(file).read_bytes())
        for issue in validator.validate_resource(held).issues:
            if issue.severity.value == "error":
                said = {"file": file, "judge": "pyrofile", "rule": issue.code}
                said |= {"place": issue.path or "", "text": issue.message[:400]}
                said |= {"id": issue.resource_id} if issue.resource_id else {}
                out.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
