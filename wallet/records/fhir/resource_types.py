"""The resource types of FHIR R4: where each belongs and what to call one of them.

Type names from the R4 specification (4.0.1), section 2.3, resource list.
"""

from __future__ import annotations

_BY_CATEGORY = {
    "condition": "Condition DetectedIssue ClinicalImpression AdverseEvent",
    "medicine": "MedicationRequest MedicationStatement MedicationDispense "
    "MedicationAdministration Medication MedicationKnowledge",
    "allergy": "AllergyIntolerance",
    "test": "Observation DiagnosticReport Specimen MolecularSequence",
    "visit": "Encounter Appointment AppointmentResponse EpisodeOfCare",
    "vaccine": "Immunization ImmunizationEvaluation ImmunizationRecommendation",
    "procedure": "Procedure ServiceRequest",
    "document": "DocumentReference DocumentManifest Composition Binary "
    "Communication QuestionnaireResponse",
    "imaging": "ImagingStudy Media BodyStructure",
    "care_plan": "CarePlan NutritionOrder RequestGroup Task CommunicationRequest",
    "care_team": "CareTeam",
    "goal": "Goal",
    "device": "Device DeviceUseStatement DeviceRequest DeviceMetric "
    "DeviceDefinition VisionPrescription SupplyDelivery SupplyRequest",
    "social": "RiskAssessment",
    "family": "FamilyMemberHistory",
    "coverage": "Coverage Claim ClaimResponse ExplanationOfBenefit Account "
    "CoverageEligibilityRequest CoverageEligibilityResponse Invoice ChargeItem "
    "EnrollmentRequest EnrollmentResponse PaymentNotice PaymentReconciliation "
    "InsurancePlan Contract ChargeItemDefinition",
    "person": "Patient Practitioner PractitionerRole Organization Location "
    "RelatedPerson Person HealthcareService OrganizationAffiliation Group",
    "other": "ActivityDefinition AuditEvent Basic BiologicallyDerivedProduct "
    "CapabilityStatement CatalogEntry CodeSystem CompartmentDefinition ConceptMap "
    "Consent EffectEvidenceSynthesis Endpoint EventDefinition Evidence "
    "EvidenceVariable ExampleScenario Flag GraphDefinition GuidanceResponse "
    "ImplementationGuide Library Linkage List Measure MeasureReport "
    "MedicinalProduct MedicinalProductAuthorization "
    "MedicinalProductContraindication MedicinalProductIndication "
    "MedicinalProductIngredient MedicinalProductInteraction "
    "MedicinalProductManufactured MedicinalProductPackaged "
    "MedicinalProductPharmaceutical MedicinalProductUndesirableEffect "
    "MessageDefinition MessageHeader NamingSystem ObservationDefinition "
    "OperationDefinition OperationOutcome Parameters PlanDefinition Provenance "
    "Questionnaire ResearchDefinition ResearchElementDefinition ResearchStudy "
    "ResearchSubject RiskEvidenceSynthesis Schedule SearchParameter Slot "
    "SpecimenDefinition StructureDefinition StructureMap Subscription Substance "
    "SubstanceNucleicAcid SubstancePolymer SubstanceProtein "
    "SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification "
    "TerminologyCapabilities TestReport TestScript ValueSet VerificationResult",
}
CATEGORY = {
    rtype: category
    for category, types in _BY_CATEGORY.items()
    for rtype in types.split()
}
"""Every R4 resource type but Bundle, with the category it falls into by itself."""


def named_type(reference: str) -> str | None:
    """The type in a relative or absolute reference; None where it names none."""
    segments = reference.split("/")
    if "_history" in segments:
        segments = segments[: segments.index("_history")]
    rtype = segments[-2] if len(segments) > 1 else ""
    return rtype if rtype in CATEGORY else None


# What to call a record that has no words of its own at all.
_NOUNS = {
    "condition": "Health condition",
    "medicine": "Medicine",
    "allergy": "Allergy",
    "test": "Test result",
    "vital": "Measurement",
    "visit": "Visit",
    "vaccine": "Vaccine",
    "procedure": "Procedure",
    "document": "Document",
    "imaging": "Picture or scan",
    "care_plan": "Care plan",
    "care_team": "Care team",
    "goal": "Goal",
    "device": "Device",
    "social": "Way of life",
    "family": "Family history",
    "coverage": "Insurance",
    "person": "Person or place",
    "other": "Other record",
}
_TYPE_NOUNS = {
    "Appointment": "Appointment",
    "AuditEvent": "Note of who looked",
    "Claim": "Bill to the insurance",
    "ClaimResponse": "Answer of the insurance",
    "Consent": "Consent",
    "DiagnosticReport": "Report",
    "ExplanationOfBenefit": "Statement of the insurance",
    "Flag": "Warning",
    "List": "List",
    "Location": "Place",
    "Organization": "Organisation",
    "Patient": "Patient",
    "Practitioner": "Doctor or nurse",
    "PractitionerRole": "Doctor or nurse",
    "Provenance": "Where records came from",
    "QuestionnaireResponse": "Answered questions",
    "RelatedPerson": "Family or friend",
    "ServiceRequest": "Order",
    "Specimen": "Sample",
}


def noun(rtype: str, category: str) -> str:
    """Say what kind of thing this is, in words a patient uses."""
    return _TYPE_NOUNS.get(rtype) or _NOUNS[category]
