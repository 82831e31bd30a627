// A stranger's reader of our proofs over @sigstore/verify, the library npm itself
// checks provenance with. It reads checkpoints and inclusion proofs, no tiles.
//
//     node sigstore.js CASE.json
//
// It is given what sumdb.go is given and answers in the same words.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint");
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle");

const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");

// Sigstore knows a log by the hash of its key and an address; a verifier key has both.
function logOf(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  const key = rest.join("+"); // base64 has that letter too
  const der = Buffer.concat([SPKI_ED25519, Buffer.from(key, "base64").subarray(1)]);
  return {
    logID: Buffer.from(id, "hex"),
    baseURL: name,
    publicKey: crypto.createPublicKey({ key: der, format: "der", type: "spki" }),
  };
}

// Opens a checkpoint in the shape sigstore keeps one in.
function open(envelope, subject) {
  const entry = { inclusionProof: { checkpoint: { envelope } } };
  const opened = verifyCheckpoint(entry, [logOf(subject.Log)]);
  if (opened.origin !== subject.Log.split("+")[0]) throw new Error("another origin");
  return opened;
}

async function checkpoint(subject) {
  const answer = await fetch(`${subject.URL}/checkpoint`);
  if (!answer.ok) throw new Error(`checkpoint: ${answer.status}`);
  open(await answer.text(), subject);
}

async function proof(subject) {
  const split = subject.Proof.indexOf("\n\n");
  const [magic, index, ...path] = subject.Proof.slice(0, split).split("\n");
  if (magic !== "c2sp.org/tlog-proof@v1") throw new Error("no tlog-proof");
  const entry = {
    canonicalizedBody: Buffer.from(subject.Entry, "base64"),
    inclusionProof: {
      logIndex: index.replace("index ", ""),
      hashes: path.map((hash) => Buffer.from(hash, "base64")),
    },
  };
  verifyMerkleInclusion(entry, open(subject.Proof.slice(split + 2), subject));
}

async function main() {
  const subject = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  for (const step of [checkpoint, proof]) {
    try {
      await step(subject);
    } catch (error) {
      console.log(`refused ${step.name}: ${error.message}`);
      process.exitCode = 1;
      return;
    }
    console.log(`accepted ${step.name}`);
  }
}

main();
