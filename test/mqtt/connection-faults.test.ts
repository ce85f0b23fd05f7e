/** What can go wrong, one fault a test: each ends the connection once, with the cause that says most. */

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import type { ConnectionEndKind } from "../../src/mqtt/connection-end.ts";
import { openProbe, type Probe, password } from "./probe.ts";
import {
  connack,
  message,
  playScript,
  type Script,
  startRaw,
  startScripted,
  suback,
  thenScript,
  unsuback,
} from "./raw-broker.ts";
import { frame, upgradeResponse } from "./web-socket.ts";

/** The connection goes down with `kind`, says so once, and has nothing more to say or to send. */
async function endsWith(probe: Probe, kind: ConnectionEndKind, message?: RegExp): Promise<void> {
  const { cause } = await probe.down();
  assert.equal(cause.kind, kind, JSON.stringify(cause));
  if (message !== undefined) assert.match(cause.message, message);
  assert.ok(!JSON.stringify(cause).includes(password));
  assert.equal(probe.connection.publish("out/1", Buffer.from("x")), "not_connected");
  probe.connection.end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(probe.events.at(-1)?.kind, "down");
  assert.equal(probe.events.filter((event) => event.kind === "down").length, 1);
}

/** A port of loopback on which nothing listens. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const refusals: [code: number, kind: ConnectionEndKind][] = [
  [1, "refused_protocol"],
  [2, "refused_identifier"],
  [3, "refused_busy"],
  [4, "refused_credentials"],
  [5, "refused_not_authorised"],
  [99, "refused_unknown"],
];

for (const [code, kind] of refusals) {
  test(`CONNACK ${code} is ${kind}`, async (t) => {
    const endpoint = await startScripted(t, (_type, _packet, socket) => socket.end(connack(code)));
    const probe = openProbe(endpoint);
    await endsWith(probe, kind, new RegExp(`CONNACK ${code}`));
    assert.equal(probe.events.length, 1);
  });
}

test("a refused subscription is named", async (t) => {
  const endpoint = await startScripted(t, (type, packet, socket) => {
    socket.write(type === "connect" ? connack(0) : suback(packet, 0x80));
  });
  await endsWith(openProbe(endpoint), "subscription_refused", /SUBACK 128 for the filter in\/\+/);
});

test("a SUBACK for two filters is no answer to one", async (t) => {
  const endpoint = await startScripted(t, (type, packet, socket) => {
    socket.write(type === "connect" ? connack(0) : suback(packet, 0, 0));
  });
  await endsWith(openProbe(endpoint), "protocol_error");
});

test("a silent server: no CONNACK", async (t) => {
  const endpoint = await startScripted(t, () => {});
  await endsWith(openProbe(endpoint, { connectTimeoutMs: 100 }), "connack_timeout", /within 100 ms/);
});

test("a server that forgets the SUBACK", async (t) => {
  const endpoint = await startScripted(t, (type, _packet, socket) => {
    if (type === "connect") socket.write(connack(0));
  });
  await endsWith(openProbe(endpoint, { connectTimeoutMs: 100 }), "suback_timeout", /within 100 ms/);
});

test("a server that forgets the TLS handshake", async (t) => {
  const endpoint = await startRaw(t, (socket) => socket.resume());
  const probe = openProbe({ ...endpoint, transport: "tls" }, { connectTimeoutMs: 100 });
  await endsWith(probe, "connect_timeout", /TLS handshake/);
});

test("a server that forgets the WebSocket's upgrade", async (t) => {
  const endpoint = await startRaw(t, (socket) => socket.resume());
  await endsWith(openProbe({ ...endpoint, transport: "ws" }, { connectTimeoutMs: 100 }), "connack_timeout");
});

test("a server that answers no ping", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript(() => {}),
  );
  const probe = openProbe(endpoint, { keepaliveS: 1 });
  await probe.expect("up");
  await endsWith(probe, "keepalive_timeout");
});

for (const [stage, words] of [
  ["connect", /before CONNACK/],
  ["subscribe", /before SUBACK/],
] as const) {
  test(`a server that closes at ${stage.toUpperCase()}`, async (t) => {
    const endpoint = await startScripted(t, (type, _packet, socket) => {
      if (type === stage) socket.end();
      else socket.write(connack(0));
    });
    await endsWith(openProbe(endpoint), "peer_closed", words);
  });
}

test("a server that closes a connection that is up", async (t) => {
  let broker: { end(): void } | undefined;
  const endpoint = await startScripted(
    t,
    thenScript((_type, _packet, socket) => {
      broker = socket;
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  broker?.end();
  await endsWith(probe, "peer_closed", /while the connection was up/);
});

test("a reset", async (t) => {
  const sockets: net.Socket[] = [];
  const script = thenScript(() => {});
  const endpoint = await startRaw(t, (socket) => {
    sockets.push(socket);
    playScript(socket, script);
  });
  const probe = openProbe(endpoint);
  await probe.expect("up");
  sockets[0]?.resetAndDestroy();
  await endsWith(probe, "connection_lost", /ECONNRESET/);
});

for (const transport of ["tcp", "tls", "ws", "wss"] as const) {
  test(`a closed port: ${transport}`, async () => {
    const port = await freePort();
    const probe = openProbe({ transport, host: "127.0.0.1", port });
    await endsWith(probe, "connection_refused", new RegExp(`${transport}://127.0.0.1:${port} .*ECONNREFUSED`));
  });

  test(`a name without an address: ${transport}`, async () => {
    const probe = openProbe({ transport, host: "hub.invalid", port: 1 });
    await endsWith(probe, "dns_failed", /hub\.invalid/);
  });

  test(`end() before there is a connection: ${transport}`, async (t) => {
    const endpoint = await startRaw(t, (socket) => socket.resume());
    const probe = openProbe({ ...endpoint, transport });
    probe.connection.end();
    await endsWith(probe, "ended");
    assert.equal(probe.events.length, 1);
  });

  test(`end() while the server is silent: ${transport}`, async (t) => {
    let reached: (() => void) | undefined;
    const connected = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const endpoint = await startRaw(t, (socket) => {
      socket.resume();
      reached?.();
    });
    const probe = openProbe({ ...endpoint, transport });
    await connected;
    probe.connection.end();
    await endsWith(probe, "ended");
  });
}

test("end() on a server that closes nothing and acknowledges nothing is bounded", async (t) => {
  const endpoint = await startRaw(t, (socket) => {
    socket.allowHalfOpen = true;
    playScript(
      socket,
      thenScript(() => {}),
    );
  });
  const probe = openProbe(endpoint, { qos: 1 });
  await probe.expect("up");
  assert.equal(probe.connection.publish("out/1", Buffer.from("never acknowledged")), "sent");
  probe.connection.end();
  await endsWith(probe, "ended");
});

test("who unsubscribes is handed what was on its way, and can answer it", async (t) => {
  let answered: (() => void) | undefined;
  const response = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const endpoint = await startScripted(
    t,
    thenScript((type, packet, socket) => {
      if (type === "unsubscribe") socket.write(Buffer.concat([message("in/7", "on its way"), unsuback(packet)]));
      if (type === "publish") answered?.();
    }),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  assert.equal(await probe.connection.unsubscribe(), true);
  assert.equal((await probe.expect("message")).topic, "in/7");
  assert.equal(probe.connection.publish("out/7", Buffer.from("answered all the same")), "sent");
  await response;
  probe.connection.end();
  await endsWith(probe, "ended");
});

test("a server that forgets the UNSUBACK, and one that closes instead", async (t) => {
  const unsubscribed = async (script: Script) => {
    const probe = openProbe(await startScripted(t, thenScript(script)));
    await probe.expect("up");
    return { probe, hasAgreed: await probe.connection.unsubscribe() };
  };
  const forgetful = await unsubscribed(() => {});
  assert.equal(forgetful.hasAgreed, false);
  assert.equal(forgetful.probe.connection.publish("out/1", Buffer.from("still up")), "sent");
  const closing = await unsubscribed((type, _packet, socket) => {
    if (type === "unsubscribe") socket.destroy();
  });
  assert.equal(closing.hasAgreed, false);
  await endsWith(closing.probe, "peer_closed");
  assert.equal(await closing.probe.connection.unsubscribe(), false);
});

test("an HTTP server without WebSocket", async (t) => {
  const endpoint = await startRaw(t, (socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")),
  );
  await endsWith(openProbe({ ...endpoint, transport: "ws" }), "websocket_refused", /404/);
});

test("no HTTP server at all behind a WebSocket", async (t) => {
  const endpoint = await startRaw(t, (socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH\r\n\r\n")));
  await endsWith(openProbe({ ...endpoint, transport: "ws" }), "websocket_refused");
});

for (const [name, bytes, kind] of [
  ["closes", frame(Buffer.from([3, 232]), 8), "peer_closed"],
  ["breaks its framing", Buffer.from([0xff, 0xff, 0xff]), "protocol_error"],
  ["sends a message of 1 MB", Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 16, 0, 0]), "protocol_error"],
] as const) {
  test(`a WebSocket that ${name}`, async (t) => {
    const endpoint = await startRaw(t, (socket) =>
      socket.once("data", (head) => {
        socket.write(upgradeResponse(String(head)));
        socket.once("data", () => socket.write(bytes));
      }),
    );
    await endsWith(openProbe({ ...endpoint, transport: "ws" }), kind);
  });
}

const malformed: [name: string, bytes: Buffer][] = [
  ["a reserved packet type", Buffer.from([0x00, 0x00])],
  ["a length that never ends", Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ["a PUBLISH at QoS 3", Buffer.from([0x36, 2, 0, 0])],
  ["a PUBLISH whose topic is longer than itself", Buffer.from([0x30, 4, 0xff, 0xff, 0x61, 0x62])],
  ["a PUBLISH at QoS 2", message("in/7", "x", 2)],
  ["a PUBLISH at QoS 1 without an identifier", Buffer.from([0x32, 3, 0, 1, 0x61])],
  ["a PUBREL without an identifier", Buffer.from([0x62, 0])],
  ["a SUBACK to nothing", Buffer.from([0x90, 3, 0xab, 0xcd, 0])],
  ["an UNSUBACK to nothing", Buffer.from([0xb0, 2, 0, 2])],
  ["a second CONNACK", connack(0)],
  ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
];

for (const [name, bytes] of malformed) {
  test(`a protocol error: ${name}`, async (t) => {
    const endpoint = await startScripted(
      t,
      thenScript((type, _packet, socket) => {
        if (type === "subscribe") socket.write(bytes);
      }),
    );
    await endsWith(openProbe(endpoint), "protocol_error");
  });
}

test("a message before SUBSCRIBE is nobody's", async (t) => {
  const endpoint = await startScripted(t, (_type, _packet, socket) => {
    socket.write(Buffer.concat([message("in/5", "x"), connack(0)]));
  });
  const probe = openProbe(endpoint);
  await endsWith(probe, "protocol_error", /PUBLISH before SUBSCRIBE/);
  assert.equal(probe.events.length, 1);
});

test("a packet that is announced too long is not collected", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type !== "subscribe") return;
      socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
      for (let sent = 0; sent < 1024 * 1024; sent += 64 * 1024) socket.write(Buffer.alloc(64 * 1024));
    }),
  );
  const before = process.memoryUsage().arrayBuffers;
  await endsWith(openProbe(endpoint), "protocol_error", /longer than 262144 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024);
});

test("a packet that is announced too long does not deafen the connection", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type === "subscribe") socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    }),
  );
  await endsWith(openProbe(endpoint), "protocol_error", /longer than 262144 bytes/);
});

test("messages behind a malformed packet, and before it, in one read", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type === "subscribe")
        socket.write(Buffer.concat([message("in/1", "a"), message("in/2", "b"), Buffer.alloc(4)]));
    }),
  );
  const probe = openProbe(endpoint);
  await endsWith(probe, "protocol_error");
  // What the parser had whole before the fault is named, never lost without a word.
  assert.equal(probe.events.filter((event) => event.kind === "message").length, 2);
});

test("a message in the same read as SUBACK, or before it, comes after up", async (t) => {
  for (const order of ["behind", "before"]) {
    const endpoint = await startScripted(t, (type, packet, socket) => {
      if (type === "connect") socket.write(connack(0));
      if (type !== "subscribe") return;
      const packets = [suback(packet, 0), message("in/5", "x")];
      socket.write(Buffer.concat(order === "behind" ? packets : packets.reverse()));
    });
    const probe = openProbe(endpoint);
    await probe.expect("up");
    assert.equal((await probe.expect("message")).topic, "in/5");
    probe.connection.end();
    await endsWith(probe, "ended");
    assert.deepEqual(
      probe.events.map(({ kind }) => kind),
      ["up", "message", "down"],
    );
  }
});

test("CONNECT is MQTT 3.1.1 with a clean session, the keepalive, and nothing else", async (t) => {
  let seen: Buffer | undefined;
  const endpoint = await startScripted(
    t,
    thenScript((type, packet) => {
      if (type === "connect") seen = packet;
    }),
  );
  const probe = openProbe(endpoint, { keepaliveS: 77 });
  await probe.expect("up");
  const variableHeader = seen?.subarray(seen.indexOf("MQTT") - 2).subarray(0, 10);
  // Flags 0xc2: user name, password, clean session; no will (MQTT 3.1.1 §3.1.2.3).
  assert.deepEqual([...(variableHeader ?? [])], [0, 4, ...Buffer.from("MQTT"), 4, 0xc2, 0, 77]);
  probe.connection.end();
  await endsWith(probe, "ended");
});

test("a network that stands still is said, not buffered", async (t) => {
  let broker: net.Socket | undefined;
  const endpoint = await startRaw(t, (socket) => {
    broker = socket;
    playScript(
      socket,
      thenScript((type) => {
        if (type === "subscribe") socket.pause();
      }),
    );
  });
  const probe = openProbe(endpoint);
  await probe.expect("up");
  const payload = Buffer.alloc(16 * 1024);
  let sent = 0;
  // One in a turn, so that nothing waits but for the network; 64 MB are more than any socket's buffers.
  for (; sent < 4096 && probe.connection.publish("out/1", payload) === "sent"; sent += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(probe.connection.publish("out/1", payload), "congested");
  assert.ok(sent > 64, `${sent} fitted`);
  broker?.resume();
  while (probe.connection.publish("out/1", payload) === "congested")
    await new Promise((resolve) => setImmediate(resolve));
  probe.connection.end();
  await endsWith(probe, "ended");
});

test("a message whose topic is longer than MQTT allows is not sent, and the connection stays", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript(() => {}),
  );
  const probe = openProbe(endpoint);
  await probe.expect("up");
  assert.equal(probe.connection.publish("x".repeat(65_536), Buffer.from("x")), "topic_too_long");
  assert.equal(probe.connection.publish("out/1", Buffer.from("x")), "sent");
  probe.connection.end();
  await endsWith(probe, "ended");
});

test("QoS 1 messages that nobody acknowledges are bounded", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript(() => {}),
  );
  const probe = openProbe(endpoint, { qos: 1 });
  await probe.expect("up");
  let sent = 0;
  while (sent < 70_000 && probe.connection.publish("out/1", Buffer.from("x")) === "sent") sent += 1;
  assert.equal(sent, 4096);
  assert.equal(probe.connection.publish("out/1", Buffer.from("x")), "congested");
  probe.connection.end();
  await endsWith(probe, "ended");
});
