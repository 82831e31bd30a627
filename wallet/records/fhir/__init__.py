"""HL7 FHIR: every release, in JSON, NDJSON and XML, as R4."""
