/** What a person reads when no address of the hub can be connected to, and how the alerts of TLS are told apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attempt } from "../../src/mqtt/address-race.ts";
import type { Stage } from "../../src/mqtt/connection-end.ts";
import { connectFault, connectTimeout, socketFault } from "../../src/mqtt/connection-fault.ts";
import type { Endpoint, Transport } from "../../src/mqtt/endpoint.ts";

const endpoint: Endpoint = { transport: "tls", host: "hub.example", port: 8883 };

const errorOf = (code: string) => Object.assign(new Error(`connect ${code} 192.0.2.1:8883`), { code });

const failed = (address: string, code: string): Attempt => ({ address, end: { error: errorOf(code), tookMs: 5 } });

test("of one address its error is told, of several what became of each", () => {
  const one = connectFault(errorOf("ECONNREFUSED"), [failed("192.0.2.1", "ECONNREFUSED")], endpoint);
  assert.deepEqual(
    [one.kind, one.message],
    ["connection_refused", "tls://hub.example:8883 while connecting: ECONNREFUSED"],
  );
  const attempts = [failed("2001:db8::1", "ENETUNREACH"), failed("192.0.2.1", "ECONNREFUSED")];
  const two = connectFault(errorOf("ENETUNREACH"), attempts, endpoint);
  assert.equal(two.kind, "connection_refused", "a machine that refuses says more than a network without a way");
  assert.match(two.message, /while connecting: 2001:db8::1 ENETUNREACH, 192\.0\.2\.1 ECONNREFUSED$/);
});

test("a name that cannot be looked up is told as that", () => {
  assert.equal(connectFault(errorOf("ENOTFOUND"), [], endpoint).kind, "dns_failed");
});

test("a name server that answers nothing is told from a hub that does not", () => {
  const slowName = connectTimeout([], 10_000, endpoint);
  assert.deepEqual([slowName.kind, slowName.message], ["dns_failed", "no address of hub.example within 10000 ms"]);
  const silent: Attempt = { address: "192.0.2.1", end: undefined };
  const one = connectTimeout([silent], 10_000, endpoint);
  assert.deepEqual(
    [one.kind, one.message],
    ["connect_timeout", "no TCP connection to tls://hub.example:8883 within 10000 ms"],
  );
  const two = connectTimeout([silent, failed("2001:db8::1", "ENETUNREACH")], 10_000, endpoint);
  assert.match(two.message, /within 10000 ms: 192\.0\.2\.1 no answer, 2001:db8::1 ENETUNREACH$/);
});

/** As Node reports an alert of the peer's while it writes; while it reads, the code is another one. */
function alertError(number: number): Error {
  const code = (0x0a00_0000 + 1000 + number).toString(16).toUpperCase().padStart(8, "0");
  const message = `write EPROTO 80000000:error:${code}:SSL routines:ssl3_read_bytes:some words:rec_layer_s3.c:1:SSL alert number ${number}`;
  return Object.assign(new Error(message), { code: "EPROTO" });
}

test("an alert is known by its number, whatever Node calls it, and told in OpenSSL's words alone", () => {
  const told = (number: number, transport: Transport, stage: Stage) =>
    socketFault(alertError(number), { endpoint: { ...endpoint, transport }, ca: undefined, stage });
  for (const number of [42, 46, 48, 116]) assert.equal(told(number, "tls", "logging_in").kind, "tls_client_refused");
  for (const number of [20, 40, 70, 115]) assert.equal(told(number, "tls", "securing").kind, "tls_failed");
  for (const [number, kind] of [
    [20, "psk_wrong_key"],
    [51, "psk_wrong_key"],
    [115, "psk_unknown_identity"],
    [40, "psk_not_offered"],
    [70, "psk_not_offered"],
    [71, "psk_not_offered"],
    [80, "tls_failed"],
  ] as const) {
    assert.equal(told(number, "psk", "securing").kind, kind);
    // Behind the handshake it says nothing about the key.
    assert.equal(told(number, "psk", "up").kind, "tls_failed");
  }
  assert.match(told(20, "psk", "securing").message, /during the TLS handshake: EPROTO: some words$/);
});
