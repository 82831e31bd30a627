"""HL7 version 2 messages as FHIR R4."""
