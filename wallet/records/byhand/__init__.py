"""What a patient writes: forms in plain fields, and FHIR R4 made of them."""
