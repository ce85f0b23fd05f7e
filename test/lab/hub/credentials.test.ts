import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConnectAttempt, checkConnect } from "../../../src/lab/hub/credentials.ts";
import { clientId, device } from "./support.ts";

const devices = new Map([[clientId, device]]);
const beforeExpiryMs = 1_767_225_599_000;

const good = {
  protocolVersion: 4,
  clientId,
  username: "ABCDEFGH12gateway01;12010126;a1B2c;1767225600",
  password: Buffer.from("1b3be899ea041422f38517dd0d107310e0840306743f2abe67b1e1e29762ed47;hmacsha256"),
  keepaliveS: 120,
  clean: true,
  will: false,
  peer: {},
} satisfies ConnectAttempt;

function code(change: Partial<ConnectAttempt>, nowMs = beforeExpiryMs): number {
  const decision = checkConnect({ ...good, ...change }, devices, nowMs);
  return decision.kind === "refused" ? decision.returnCode : 0;
}

const endless = "ABCDEFGH12gateway01;21010406;a1B2c;9223372036854775807";

const vectors: readonly (readonly [string, string])[] = [
  [good.username, "1b3be899ea041422f38517dd0d107310e0840306743f2abe67b1e1e29762ed47;hmacsha256"],
  [good.username, "28c19fcb5d4bb05773a0a345c78e41bfe9fdf974;hmacsha1"],
  [endless, "24197258ddbfa79d2ab963ff210f14a11d217767;hmacsha1"],
  [endless, "f1aec617c891bf88d58fcf93998344d32bd75e5a35d127ab06dde52a8e6d0e5c;hmacsha256"],
];

for (const [username, password] of vectors) {
  test(`${username} with ${password.slice(0, 8)}… is let in`, () => {
    assert.equal(code({ username, password: Buffer.from(password) }), 0);
  });
}

const refusals: readonly (readonly [string, number, Partial<ConnectAttempt>])[] = [
  ["MQTT 5", 1, { protocolVersion: 5 }],
  ["an unregistered identifier", 2, { clientId: "ABCDEFGH12gateway09" }],
  ["an empty identifier", 2, { clientId: "" }],
  ["a will", 5, { will: true }],
  ["a persistent session", 5, { clean: false }],
  ["keepalive 0", 5, { keepaliveS: 0 }],
  ["keepalive 59", 5, { keepaliveS: 59 }],
  ["keepalive 691", 5, { keepaliveS: 691 }],
  ["no user name", 4, { username: undefined }],
  ["no password", 4, { password: undefined }],
  ["another device's user name", 4, { username: endless.replace("gateway01", "gateway02") }],
  ["an unknown sdkAppId", 4, { username: good.username.replace("12010126", "12010127") }],
  ["a connId of six characters", 4, { username: good.username.replace("a1B2c", "a1B2cd") }],
  ["a fifth field", 4, { username: `${good.username};` }],
  ["an expiry that is no number", 4, { username: good.username.replace("1767225600", "soon") }],
  ["another expiry than was signed", 4, { username: good.username.replace("1767225600", "1767225601") }],
  ["an upper-case signature", 4, { password: Buffer.from(`${"1B3B".padEnd(64, "0")};hmacsha256`) }],
  ["a signature without its method", 4, { password: good.password.subarray(0, 64) }],
  ["a signature by the other method", 4, { password: Buffer.from(`${good.password.subarray(0, 64)};hmacsha1`) }],
  ["another device's certificate", 4, { peer: { certificateName: "ABCDEFGH12gateway02" } }],
  ["another device's handshake", 4, { peer: { pskIdentity: "ABCDEFGH12gateway02" }, password: undefined }],
];

for (const [what, returnCode, change] of refusals) {
  test(`${what} is refused with CONNACK ${returnCode}`, () => assert.equal(code(change), returnCode));
}

test("the signature is void once its expiry has passed", () => {
  assert.equal(code({}, 1_767_225_600_000), 0);
  assert.equal(code({}, 1_767_225_600_001), 4);
});

test("MQTT 3.1 is taken as well", () => {
  assert.equal(code({ protocolVersion: 3 }), 0);
});

test("a certificate or a handshake for the identifier stands for the password", () => {
  assert.equal(code({ peer: { certificateName: clientId }, password: undefined }), 0);
  assert.equal(code({ peer: { pskIdentity: clientId }, password: undefined }), 0);
});
