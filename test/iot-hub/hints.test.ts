/** What a person reads about the end of a session: one thing to do for each kind, and another one where a port speaks otherwise. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hintFor } from "../../src/iot-hub/hints.ts";
import { hubCaFingerprint } from "../../src/iot-hub/hub-ca.ts";
import { type ConnectionEndKind, connectionEnd, type Stage } from "../../src/mqtt/connection-end.ts";
import type { Transport } from "../../src/mqtt/endpoint.ts";
import { ended } from "../mqtt/ended.ts";

const hint = (kind: ConnectionEndKind) => hintFor(ended(kind, "…")) ?? "";

test("a missing CA is named with its fingerprint and where it is found", () => {
  for (const kind of ["tls_ca_missing", "tls_ca_wrong"] as const) {
    assert.match(hint(kind), /download the root certificate from the IoT Hub console/);
    assert.ok(hint(kind).includes(hubCaFingerprint));
  }
});

test("a name without an address leads to the name server, and to what makes the name", () => {
  assert.match(hint("dns_failed"), /name server.*productId or region/);
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
