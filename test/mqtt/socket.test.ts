/** What is set on the socket itself, seen from outside. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type net from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openProbe } from "./probe.ts";
import { connack, message, playScript, startRaw, startScripted, suback, thenScript } from "./raw-broker.ts";
import { acceptWebSocket } from "./web-socket.ts";

/**
 * At QoS 1 the gateway sends PUBACK and then the response. With Nagle's algorithm the response waits until the PUBACK is
 * acknowledged, which a peer with nothing to send delays by 40 ms. Not seen on a broker that answers at once, hence one
 * that only counts.
 */
for (const transport of ["tcp", "ws"] as const) {
  test(`Nagle's algorithm is off: ${transport}`, async (t) => {
    let asker: Duplex | undefined;
    let answered = () => {};
    const script = thenScript((type, _packet, stream) => {
      asker = stream;
      if (type === "publish") answered();
    });
    const endpoint = await startRaw(t, (socket) => {
      if (transport === "ws") acceptWebSocket(socket, (stream) => playScript(stream, script));
      else playScript(socket, script);
    });
    const probe = openProbe({ ...endpoint, transport }, { qos: 1 });
    await probe.expect("up");
    const timesMs: number[] = [];
    for (let round = 1; round <= 15; round += 1) {
      const done = new Promise<void>((resolve) => {
        answered = resolve;
      });
      const beganAtMs = performance.now();
      asker?.write(message(`in/${round}`, "x", 1, round));
      await probe.expect("message");
      // In a later turn, as the reply of an MCU is, so that PUBACK and response are two segments.
      await new Promise((resolve) => setImmediate(resolve));
      probe.connection.publish(`out/${round}`, Buffer.from("y"));
      await done;
      timesMs.push(performance.now() - beganAtMs);
    }
    const medianMs = timesMs.sort((a, b) => a - b)[7] ?? Number.NaN;
    assert.ok(medianMs < 25, `median ${medianMs} ms`);
    probe.connection.end();
    await probe.expect("down");
  });
}

test("TCP asks after 30 s of silence whether the peer is still there", async (t) => {
  let peer: net.Socket | undefined;
  const script = thenScript(() => {});
  const endpoint = await startRaw(t, (socket) => {
    peer = socket;
    playScript(socket, script);
  });
  const probe = openProbe(endpoint);
  await probe.expect("up");
  const port = (peer?.remotePort ?? 0).toString(16).toUpperCase().padStart(4, "0");
  // proc(5): local address, remote address, state, queues, and the timer's kind (02 is keepalive) with its remaining 1/100 s.
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .find((entry) => new RegExp(`^ *\\d+: 0100007F:${port} `).test(entry));
  const [timer = "", remaining = ""] = line?.trim().split(/\s+/)[5]?.split(":") ?? [];
  assert.equal(timer, "02", line);
  assert.ok(Number.parseInt(remaining, 16) <= 3000, line);
  probe.connection.end();
  await probe.expect("down");
});

/** The broker misbehaves by the client's identifier, so that one server does for all. */
test("connections that ended leave nothing that keeps the process alive", async (t) => {
  const endpoint = await startScripted(t, (type, packet, socket) => {
    const way = /client-([a-z]+)/.exec(packet.toString("latin1"))?.[1];
    if (type === "connect" && way === "refused") socket.write(connack(4));
    else if (type === "connect" && way === "closed") socket.end();
    else if (type === "connect" && way !== "silent") socket.write(connack(0));
    else if (type === "subscribe") socket.write(suback(packet, 0));
  });
  const program = fileURLToPath(new URL("./several-connections.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, String(endpoint.port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const output = text(child.stdout);
  const [code] = await once(child, "exit", { signal: AbortSignal.timeout(30_000) });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(await output), {
    closed: "peer_closed",
    dns: "dns_failed",
    port: "connection_refused",
    ended: "ended",
    refused: "refused_credentials",
    silent: "connack_timeout",
    tls: "connect_timeout",
    unanswered: "keepalive_timeout",
  });
});
