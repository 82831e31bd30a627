// A stranger's reader of our health cards and links over kill-the-clipboard.
//
//     node clipboard.js CASE.json
//
// The case names what to open: {"card": JWS, "key": JWK}, {"file": text, "key": JWK},
// {"numeric": text, "key": JWK}, or {"link": text, "sealed": text}. It prints the FHIR
// bundle it found as JSON, or "refused: why" and ends with 1. No address is asked: what
// a link leads to is handed over as `sealed`.
"use strict";

const fs = require("node:fs");
const { SHCReader, SHLViewer } = require("kill-the-clipboard");

async function card(subject) {
  const reader = new SHCReader({ publicKey: subject.key });
  if (subject.file) return (await reader.fromFileContent(subject.file)).asBundle();
  if (subject.numeric) return (await reader.fromQRNumeric(subject.numeric)).asBundle();
  return (await reader.fromJWS(subject.card)).asBundle();
}

async function link(subject) {
  const asked = [];
  const answer = async (url) => {
    asked.push(String(url));
    const headers = new Headers({ "content-type": "application/jose" });
    return { ok: true, status: 200, headers, text: async () => subject.sealed };
  };
  const viewer = new SHLViewer({ shlinkURI: subject.link, fetch: answer });
  const found = await viewer.resolveSHL({ recipient: "A reader" });
  if (asked.length !== 1) throw new Error(`asked ${asked.length} times`);
  if (found.fhirResources.length !== 1) throw new Error("not one file");
  return found.fhirResources[0];
}

async function main() {
  const subject = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const bundle = await (subject.link ? link(subject) : card(subject));
  console.log(JSON.stringify(bundle));
}

main().catch((error) => {
  console.log(`refused: ${error.message || error.name}`);
  process.exitCode = 1;
});
