import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { factsOf } from "../../src/daemon/facts-of.ts";

const named = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const facts = { version: "1.2.3", product: "ABCDEFGH12", device: "gateway01" };

test("a device with a secret has no certificate that could run out", () => {
  const auth = { kind: "key", deviceSecret: "bWFkZSB1cA==", hmac: "sha256" } as const;
  assert.deepEqual(factsOf({ identity: { ...named, auth } }, "1.2.3"), { ...facts, certificateExpiresAtMs: undefined });
});

test("of a chain, the device's own certificate counts: the first", () => {
  const [own, issuer] = ["server.pem", "ca.pem"].map((name) =>
    readFileSync(new URL(`../support/tls/${name}`, import.meta.url), "utf8"),
  );
  const auth = { kind: "certificate", cert: `${own}${issuer}`, key: "" } as const;
  const { certificateExpiresAtMs, ...rest } = factsOf({ identity: { ...named, auth } }, "1.2.3");
  assert.deepEqual(rest, facts);
  assert.equal(certificateExpiresAtMs, Date.parse(new X509Certificate(own ?? "").validTo));
  assert.ok((certificateExpiresAtMs ?? 0) > Date.parse("2020-01-01"));
});
