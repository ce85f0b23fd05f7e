/** What a person reads about the end of a session: one thing to do for each kind, and another one where a port speaks otherwise. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hintFor } from "../../src/iot-hub/hints.ts";
import { hubCaFingerprint } from "../../src/iot-hub/hub-ca.ts";
import { type ConnectionEndKind, connectionEnd, type Stage } from "../../src/mqtt/connection-end.ts";
import { type Transport, transports } from "../../src/mqtt/endpoint.ts";
import { connectionEndKinds, ended } from "../mqtt/ended.ts";

const hint = (kind: ConnectionEndKind, transport: Transport = "tls") => hintFor(ended(kind, "…", { transport })) ?? "";
const ownHint = (kind: ConnectionEndKind, transport: Transport = "tls") =>
  hintFor(ended(kind, "…", { transport, host: "broker.lan" })) ?? "";

test("a missing CA is named with its fingerprint and where it is found", () => {
  for (const kind of ["tls_ca_missing", "tls_ca_wrong"] as const) {
    assert.match(hint(kind), /download the root certificate from the IoT Hub console/);
    assert.ok(hint(kind).includes(hubCaFingerprint));
  }
});

test("a name without an address leads to the name server, and to what makes the name", () => {
  assert.match(hint("dns_failed"), /name server.*productId or region/);
});

test("a broker of one's own sends nobody to Tencent's console, nor to its root certificate", () => {
  for (const kind of connectionEndKinds) {
    for (const transport of transports) assert.doesNotMatch(ownHint(kind, transport), /console|IoT Hub|tencent/i, kind);
  }
});

test("a broker of one's own that refuses: a list of fixed passwords is named as what cannot work, CONNACK 4 or 5", () => {
  for (const kind of ["refused_credentials", "refused_not_authorised"] as const) {
    assert.match(ownHint(kind), /fixed passwords cannot work, because user name and password are new/);
    assert.match(ownHint(kind, "psk"), /use_identity_as_username true/);
  }
});

test("TLS by the device secret: another key, another name and a server without it each have their way out", () => {
  assert.match(hint("psk_wrong_key", "psk"), /another secret for this device: copy it from the console/);
  assert.match(hint("psk_unknown_identity", "psk"), /check productId and deviceName/);
  assert.match(hint("psk_not_offered", "psk"), /hub\.transport: tls/);
  assert.match(ownHint("psk_wrong_key", "psk"), /decoded from base64/);
  assert.match(ownHint("psk_unknown_identity", "psk"), /productId and deviceName in one word/);
  assert.match(ownHint("psk_not_offered", "psk"), /enable such keys for TLS 1\.2/);
});

test("CONNACK 4 behind a handshake by the device secret does not blame the secret", () => {
  assert.match(hint("refused_credentials"), /the device secret \(it changes/);
  assert.match(hint("refused_credentials", "psk"), /the device secret is right/);
});

test("where the gateway itself has ended the session there is nothing to do", () => {
  assert.equal(hintFor(ended("ended", "…")), undefined);
});

test("a port of the other transport is told as that, and not as a firewall", () => {
  const lost = (transport: Transport, port: number, stage: Stage) =>
    (["connection_lost", "peer_closed", "protocol_error"] as const).map(
      (kind) => hintFor(connectionEnd(kind, "…", { endpoint: { transport, host: "hub.example", port }, stage })) ?? "",
    );
  for (const told of lost("tls", 1883, "securing")) assert.match(told, /port 1883 may speak plain MQTT \(tcp\)/);
  for (const told of lost("tcp", 8883, "logging_in"))
    assert.match(told, /port 8883 may speak TLS: check hub\.transport/);
  for (const told of [...lost("tls", 8883, "logging_in"), ...lost("tcp", 1883, "up"), ...lost("tls", 8883, "up")]) {
    assert.doesNotMatch(told, /may speak/);
  }
});
