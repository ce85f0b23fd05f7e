/** TLS by a pre-shared key: nothing but the right key on both sides brings a connection about, and no certificate takes its place. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import tls from "node:tls";
import type { ConnectionOptions } from "../../src/mqtt/connection.ts";
import { type BrokerOptions, knownKey, pem, startBroker } from "./aedes-broker.ts";
import { openProbe } from "./probe.ts";
import { startRaw } from "./raw-broker.ts";

const byKey: Partial<ConnectionOptions> = { psk: knownKey, login: { clientId: "client", username: "user" } };

const certified = { cert: pem("server.pem"), key: pem("server.key") };

/** The connection comes up with this broker, and what the broker heard of the login. */
async function comesUp(t: TestContext, broker: BrokerOptions = {}) {
  const { aedes, endpoint, close } = await startBroker({ transport: "psk", ...broker });
  t.after(close);
  let heard: { readonly username: string | undefined; readonly password: unknown } | undefined;
  let cipher: string | undefined;
  aedes.authenticate = (client, username, password, done) => {
    heard = { username, password };
    cipher = client.conn instanceof tls.TLSSocket ? client.conn.getCipher().name : undefined;
    done(null, true);
  };
  const probe = openProbe(endpoint, byKey);
  await probe.expect("up");
  probe.connection.end();
  assert.equal((await probe.expect("down")).cause.kind, "ended");
  return { heard, cipher };
}

test("the key lets the client in; CONNECT then has a name and no password, and forward secrecy comes first", async (t) => {
  const { heard, cipher } = await comesUp(t);
  assert.deepEqual(heard, { username: "user", password: undefined });
  assert.match(String(cipher), /^ECDHE-PSK-/);
});

test("a server that has a certificate as well is not asked for it", async (t) => {
  const { cipher } = await comesUp(t, { tls: { ...certified, ciphers: "PSK:DEFAULT" } });
  assert.match(String(cipher), /PSK-/);
});

for (const suite of ["PSK-AES128-CBC-SHA", "PSK-AES256-CBC-SHA", "PSK-AES128-GCM-SHA256", "ECDHE-PSK-AES128-CBC-SHA"]) {
  test(`a server that has ${suite} alone is enough`, async (t) => {
    const { cipher } = await comesUp(t, { tls: { ciphers: suite } });
    assert.equal(cipher, suite);
  });
}

test("the server's hint is of no matter, whatever it is", async (t) => {
  for (const pskIdentityHint of ["a name that is not ours", "\r\n\x1b[2J\u0000é".padEnd(100, "%")])
    await comesUp(t, { tls: { pskIdentityHint } });
});

/** How a connection ends with a server that may not hear a byte of MQTT. */
async function endOf(t: TestContext, server: tls.TlsOptions, psk = knownKey) {
  const heard: Buffer[] = [];
  const secured = tls.createServer(server, (socket) => socket.on("data", (bytes: Buffer) => heard.push(bytes)));
  secured.on("tlsClientError", () => {});
  const endpoint = await startRaw(t, (socket) => secured.emit("connection", socket));
  const probe = openProbe({ ...endpoint, transport: "psk" }, { ...byKey, psk });
  const { cause } = await probe.down();
  assert.equal(probe.events.length, 1);
  assert.deepEqual(heard, []);
  assert.equal(cause.stage, "securing");
  assert.match(cause.message, /^psk:\/\/.* during the TLS handshake: (ERR_SSL_|EPROTO)/);
  for (const form of ["base64", "hex", "latin1"] as const)
    assert.ok(!cause.message.includes(psk.key.toString(form)), cause.message);
  return cause;
}

const known: tls.TlsOptions = { ciphers: "PSK", pskCallback: () => knownKey.key, maxVersion: "TLSv1.2" };

test("another key, and a name that the server does not know, are told apart", async (t) => {
  const another = { ...knownKey, key: Buffer.from("another key") };
  assert.equal((await endOf(t, known, another)).kind, "psk_wrong_key");
  const server: tls.TlsOptions = { ...known, pskCallback: () => null };
  assert.equal((await endOf(t, server)).kind, "psk_unknown_identity");
});

test("a server that has no such keys is told as that, and its certificate is no way around", async (t) => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const cause = await endOf(t, { ...certified, minVersion: version, maxVersion: version });
    assert.equal(cause.kind, "psk_not_offered", cause.message);
  }
});

test("no certificate helps, even where the environment has verification switched off", async (t) => {
  const name = "NODE_TLS_REJECT_UNAUTHORIZED";
  const { [name]: before } = process.env;
  process.env[name] = "0";
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
  assert.equal((await endOf(t, certified)).kind, "psk_not_offered");
  // By RSA, with a key that both know and a certificate that nobody has verified.
  assert.equal((await endOf(t, { ...known, ...certified, ciphers: "RSA-PSK-AES128-CBC-SHA" })).kind, "psk_not_offered");
});

test("no TLS older than 1.2 is spoken, though a server would", async (t) => {
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "PSK-AES128-CBC-SHA@SECLEVEL=0" } as const;
  await endOf(t, { ...known, ...old });
});

test("a server that speaks no TLS, and one that closes", async (t) => {
  const plain = await startRaw(t, (socket) => socket.once("data", () => socket.end("220 hello\r\n")));
  assert.equal((await openProbe({ ...plain, transport: "psk" }, byKey).down()).cause.kind, "tls_failed");
  const closing = await startRaw(t, (socket) => socket.once("data", () => socket.end()));
  const { cause } = await openProbe({ ...closing, transport: "psk" }, byKey).down();
  assert.equal(cause.kind, "connection_lost", cause.message);
  assert.equal(cause.stage, "securing");
});
