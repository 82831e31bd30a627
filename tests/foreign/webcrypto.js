// Opens a package with WebCrypto alone, as a page in a browser would.
//
//     node webcrypto.js PACKAGE KEY-IN-HEX
//
// prints the SHA-256 of what is inside; any fault ends it with exit 1. Written from
// PROTOCOL.md 11, Share 11 and 12.
"use strict";

const fs = require("node:fs");

const { subtle } = globalThis.crypto ?? require("node:crypto").webcrypto;
const HEAD = 41;
const CHUNK = 65536 + 16;

async function open(data, contentKey) {
  const head = data.subarray(0, HEAD);
  const start = Buffer.from("HWP1\x01\x00\x01\x00\x00", "latin1");
  if (!start.equals(head.subarray(0, 9))) throw new Error("no HWP1 stream");
  const hkdf = await subtle.importKey("raw", contentKey, "HKDF", false, ["deriveBits"]);
  const salt = head.subarray(9);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: head };
  const both = Buffer.from(await subtle.deriveBits(how, hkdf, 512));
  if (!both.subarray(32).equals(data.subarray(HEAD, HEAD + 32))) {
    throw new Error("another key");
  }
  const key = await subtle.importKey("raw", both.subarray(0, 32), "AES-GCM", false, [
    "decrypt",
  ]);
  const parts = [];
  for (let at = HEAD + 32, counter = 0; at < data.length; at += CHUNK, counter += 1) {
    const iv = Buffer.alloc(12);
    iv.writeUInt32BE(counter, 7);
    iv[11] = at + CHUNK >= data.length ? 1 : 0;
    const chunk = data.subarray(at, at + CHUNK);
    parts.push(Buffer.from(await subtle.decrypt({ name: "AES-GCM", iv }, key, chunk)));
  }
  return Buffer.concat(parts);
}

async function main() {
  const data = fs.readFileSync(process.argv[2]);
  const plain = await open(data, Buffer.from(process.argv[3], "hex"));
  console.log(Buffer.from(await subtle.digest("SHA-256", plain)).toString("hex"));
}

main().catch((error) => {
  console.log(`refused: ${error.message || error.name}`);
  process.exitCode = 1;
});
