/** The server's certificate is always verified, and each way in which it can be wrong is told apart. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import tls from "node:tls";
import { certificateFingerprints } from "../../src/mqtt/certificate.ts";
import type { ConnectionOptions } from "../../src/mqtt/connection.ts";
import type { ConnectionEndKind } from "../../src/mqtt/connection-end.ts";
import { type BrokerOptions, pem, startBroker } from "./aedes-broker.ts";
import { openProbe } from "./probe.ts";
import { startRaw } from "./raw-broker.ts";

const certificate = (cert: string, key: string): Partial<ConnectionOptions> => ({
  clientCertificate: { cert: pem(cert), key: pem(key) },
});

/** What ends a connection that meets this broker. */
async function endOf(t: TestContext, broker: BrokerOptions, options: Partial<ConnectionOptions>) {
  const { endpoint, close } = await startBroker({ transport: "tls", ...broker });
  t.after(close);
  const probe = openProbe(endpoint, options);
  const { cause } = await probe.down();
  assert.equal(probe.events.length, 1);
  return cause;
}

for (const transport of ["tls", "wss"] as const) {
  const faults: [name: string, certificate: string, ca: string | undefined, kind: ConnectionEndKind][] = [
    ["no CA", "server", undefined, "tls_ca_missing"],
    ["the wrong CA", "server", pem("other-ca.pem"), "tls_ca_wrong"],
    ["a CA file without a certificate", "server", "no PEM at all", "tls_ca_wrong"],
    ["a certificate for another host", "wrong-host", pem("ca.pem"), "tls_wrong_host"],
    ["an expired certificate", "expired", pem("ca.pem"), "tls_expired"],
    ["a certificate from the future", "future", pem("ca.pem"), "tls_not_yet_valid"],
  ];
  for (const [name, serverCertificate, ca, kind] of faults) {
    test(`${transport}: ${name} is ${kind}`, async (t) => {
      const cause = await endOf(t, { transport, certificate: serverCertificate }, { ca });
      assert.equal(cause.kind, kind, cause.message);
      assert.match(cause.message, /during the TLS handshake/);
      assert.equal(cause.stage, "securing");
    });
  }
}

for (const [name, certificateName, ca, maxVersion] of [
  ["of another CA", "server", "other-ca.pem", "TLSv1.3"],
  ["of another CA, over TLS 1.2,", "server", "other-ca.pem", "TLSv1.2"],
  ["of another host", "wrong-host", "ca.pem", "TLSv1.3"],
  ["that has expired", "expired", "ca.pem", "TLSv1.3"],
] as const) {
  test(`a server with a certificate ${name} is told nothing: CONNECT has the signature in it`, async (t) => {
    const heard: Buffer[] = [];
    const [cert, key] = [pem(`${certificateName}.pem`), pem(`${certificateName}.key`)];
    const server = tls.createServer({ cert, key, maxVersion });
    const endpoint = await startRaw(t, (socket) => server.emit("connection", socket));
    const over = new Promise<void>((resolve) => {
      server.on("tlsClientError", () => resolve());
      server.on("secureConnection", (socket) => {
        socket.on("data", (bytes: Buffer) => heard.push(bytes)).on("error", () => {});
        socket.on("close", () => resolve());
      });
    });
    const probe = openProbe({ ...endpoint, transport: "tls" }, { ca: pem(ca) });
    await probe.down();
    await over;
    assert.deepEqual(heard, []);
  });
}

test("no TLS older than 1.2 is spoken, though a server would", async (t) => {
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  const server = tls.createServer({ ...old, cert: pem("server.pem"), key: pem("server.key") });
  server.on("tlsClientError", () => {});
  const endpoint = await startRaw(t, (socket) => server.emit("connection", socket));
  const { host, port } = endpoint;
  const lenient = tls.connect({ ...old, host, port, ca: pem("ca.pem") });
  await once(lenient, "secureConnect");
  assert.equal(lenient.getProtocol(), "TLSv1.1");
  lenient.destroy();
  const probe = openProbe({ ...endpoint, transport: "tls" }, { ca: pem("ca.pem") });
  const { cause } = await probe.down();
  assert.equal(cause.kind, "tls_failed", cause.message);
});

test("the environment cannot switch the verification off", async (t) => {
  const name = "NODE_TLS_REJECT_UNAUTHORIZED";
  const { [name]: before } = process.env;
  process.env[name] = "0";
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
  assert.equal((await endOf(t, {}, { ca: pem("other-ca.pem") })).kind, "tls_ca_wrong");
});

test("a wrong CA is named with its fingerprint", async (t) => {
  const wrong = await endOf(t, {}, { ca: pem("other-ca.pem") });
  const [fingerprint = "?"] = certificateFingerprints(pem("other-ca.pem"));
  assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.ok(wrong.message.includes(fingerprint), wrong.message);
  const empty = await endOf(t, {}, { ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" });
  assert.match(empty.message, /holds no certificate/);
});

test("a server's name is checked as well as an address", async (t) => {
  const { endpoint, close } = await startBroker({ transport: "tls" });
  t.after(close);
  const probe = openProbe({ ...endpoint, host: "localhost" }, { ca: pem("ca.pem") });
  await probe.expect("up");
  probe.connection.end();
  await probe.expect("down");
});

test("mutual TLS: the client's certificate lets it in", async (t) => {
  const { endpoint, close } = await startBroker({ transport: "tls", clientCertificates: true });
  t.after(close);
  const probe = openProbe(endpoint, { ca: pem("ca.pem"), ...certificate("client.pem", "client.key") });
  await probe.expect("up");
  probe.connection.end();
  assert.equal((await probe.expect("down")).cause.kind, "ended");
});

test("mutual TLS: without a certificate the server refuses", async (t) => {
  const cause = await endOf(t, { clientCertificates: true }, { ca: pem("ca.pem") });
  assert.equal(cause.kind, "tls_client_refused", cause.message);
});

test("a certificate and a key that do not belong together, and no PEM at all", async (t) => {
  const mismatch = await endOf(t, {}, { ca: pem("ca.pem"), ...certificate("client.pem", "server.key") });
  assert.equal(mismatch.kind, "tls_files");
  const clientCertificate = { cert: "no PEM", key: "no PEM" };
  const garbage = await endOf(t, {}, { ca: pem("ca.pem"), clientCertificate });
  assert.equal(garbage.kind, "tls_files");
  assert.match(garbage.message, /ERR_OSSL/);
});

test("a server that speaks no TLS", async (t) => {
  const endpoint = await startRaw(t, (socket) => socket.once("data", () => socket.end("220 hello\r\n")));
  const probe = openProbe({ ...endpoint, transport: "tls" }, { ca: pem("ca.pem") });
  const { cause } = await probe.down();
  assert.equal(cause.kind, "tls_failed", cause.message);
  assert.match(cause.message, /wrong version number/);
});

test("a server that closes during the handshake", async (t) => {
  const endpoint = await startRaw(t, (socket) => socket.once("data", () => socket.end()));
  const probe = openProbe({ ...endpoint, transport: "tls" }, { ca: pem("ca.pem") });
  const { cause } = await probe.down();
  assert.equal(cause.kind, "connection_lost", cause.message);
  assert.match(cause.message, /during the TLS handshake/);
  assert.equal(cause.stage, "securing");
});

test("plain MQTT to a server that speaks TLS", async (t) => {
  const { endpoint, close } = await startBroker({ transport: "tls" });
  t.after(close);
  const probe = openProbe({ ...endpoint, transport: "tcp" });
  const { cause } = await probe.down();
  assert.ok(["connection_lost", "peer_closed", "protocol_error"].includes(cause.kind), JSON.stringify(cause));
  assert.equal(cause.stage, "logging_in");
});
