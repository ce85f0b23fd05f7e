import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DeviceIdentity,
  type KeyAuth,
  randomConnId,
  signatureExpiryS,
  signCredentials,
} from "../../src/iot-hub/credentials.ts";

const identity = (hmac: KeyAuth["hmac"]): DeviceIdentity => ({
  productId: "ABCDEFGH12",
  deviceName: "gateway01",
  auth: { kind: "key", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==", hmac },
});

const vectors = [
  {
    sdkAppId: "12010126",
    expiryS: 1767225600,
    username: "ABCDEFGH12gateway01;12010126;a1B2c;1767225600",
    sha256: "1b3be899ea041422f38517dd0d107310e0840306743f2abe67b1e1e29762ed47;hmacsha256",
    sha1: "28c19fcb5d4bb05773a0a345c78e41bfe9fdf974;hmacsha1",
  },
  {
    sdkAppId: "21010406",
    expiryS: 9223372036854775807n,
    username: "ABCDEFGH12gateway01;21010406;a1B2c;9223372036854775807",
    sha256: "f1aec617c891bf88d58fcf93998344d32bd75e5a35d127ab06dde52a8e6d0e5c;hmacsha256",
    sha1: "24197258ddbfa79d2ab963ff210f14a11d217767;hmacsha1",
  },
] as const;

for (const vector of vectors) {
  for (const hmac of ["sha256", "sha1"] as const) {
    test(`the documented vector: sdkAppId ${vector.sdkAppId}, ${hmac}`, () => {
      assert.deepEqual(signCredentials(identity(hmac), vector.sdkAppId, "a1B2c", vector.expiryS), {
        clientId: "ABCDEFGH12gateway01",
        username: vector.username,
        password: vector[hmac],
      });
    });
  }
}

test("with a certificate the password is a word that says nothing", () => {
  const auth = { kind: "certificate", cert: "PEM", key: "SECRET" } as const;
  const { username, password } = signCredentials({ ...identity("sha256"), auth }, "12010126", "a1B2c", 1);
  assert.equal(username, "ABCDEFGH12gateway01;12010126;a1B2c;1");
  assert.equal(password, "certificate");
});

test("a connection's id is five letters or digits, and not the same again", () => {
  const ids = new Set(Array.from({ length: 100 }, randomConnId));
  for (const id of ids) assert.match(id, /^[A-Za-z0-9]{5}$/);
  assert.ok(ids.size > 95);
});

test("the signature's expiry fits a signed 32-bit integer and outlives the hub's root certificate", () => {
  assert.equal(signatureExpiryS, 2 ** 31 - 1);
  assert.ok(signatureExpiryS * 1000 > Date.parse("2032-11-23"));
});
