/** What a person reads when no address of the hub can be connected to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attempt } from "../../src/mqtt/address-race.ts";
import { connectFault, connectTimeout } from "../../src/mqtt/connection-fault.ts";
import type { Endpoint } from "../../src/mqtt/endpoint.ts";

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
