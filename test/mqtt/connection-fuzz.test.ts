/** Whatever bytes a broker sends: one `down`, last, and no exception anywhere. */

import assert from "node:assert/strict";
import type net from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { openProbe } from "./probe.ts";
import { connack, message, pingresp, playScript, startRaw, suback } from "./raw-broker.ts";
import { frame, upgradeResponse } from "./web-socket.ts";

/** What a good broker might send, to be spoilt. */
const packet = fc.oneof(
  fc.constantFrom(connack(0), connack(5), pingresp, Buffer.from([0x90, 3, 0, 1, 0]), Buffer.from([0x40, 2, 0, 1])),
  fc
    .record({ id: fc.stringMatching(/^[0-9a-z+/]{0,8}$/), payload: fc.string(), qos: fc.nat({ max: 2 }) })
    .map(({ id, payload, qos }) => message(`in/${id}`, payload.slice(0, 40), qos)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

const spoilt = fc
  .record({
    packets: fc.array(packet, { minLength: 1, maxLength: 12 }),
    flips: fc.array(fc.record({ at: fc.nat(), bit: fc.nat({ max: 7 }) }), { maxLength: 4 }),
    cut: fc.nat(),
  })
  .map(({ packets, flips, cut }) => {
    const bytes = Buffer.concat(packets);
    for (const { at, bit } of flips) {
      const index = at % Math.max(1, bytes.length);
      if (bytes.length > 0) bytes[index] = bytes.readUInt8(index) ^ (1 << bit);
    }
    return bytes.subarray(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length);
  });

/** When the bytes come: at once, instead of CONNACK or SUBACK, or behind SUBACK. */
const moment = fc.constantFrom("accept", "connect", "subscribe", "up");

test("over TCP", { timeout: 120_000 }, async (t) => {
  let serve: (socket: net.Socket) => void = () => {};
  const endpoint = await startRaw(t, (socket) => serve(socket));
  await fc.assert(
    fc.asyncProperty(spoilt, moment, fc.boolean(), async (bytes, when, reset) => {
      serve = (socket) => {
        const spoil = () => {
          socket.write(bytes, () => (reset ? socket.resetAndDestroy() : socket.end()));
        };
        if (when === "accept") return spoil();
        playScript(socket, (type, received) => {
          if (type === when) spoil();
          else if (type === "connect") socket.write(connack(0));
          else if (type === "subscribe") {
            socket.write(suback(received, 0));
            spoil();
          }
        });
      };
      await downComesLast(openProbe(endpoint, { qos: 1 }));
    }),
    { numRuns: 300 },
  );
});

test("over a WebSocket", { timeout: 120_000 }, async (t) => {
  let serve: (socket: net.Socket) => void = () => {};
  const endpoint = await startRaw(t, (socket) => serve(socket));
  await fc.assert(
    fc.asyncProperty(spoilt, fc.constantFrom("accept", "upgrade", "frame"), async (bytes, when) => {
      serve = (socket) => {
        if (when === "accept") socket.write(bytes);
        socket.once("data", (head) => {
          if (when !== "accept") socket.write(upgradeResponse(String(head)));
          socket.end(when === "frame" ? Buffer.concat([frame(connack(0)), frame(bytes)]) : bytes);
        });
      };
      await downComesLast(openProbe({ ...endpoint, transport: "ws" }));
    }),
    { numRuns: 200 },
  );
});

async function downComesLast(probe: ReturnType<typeof openProbe>): Promise<void> {
  await probe.down();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(probe.events.filter((event) => event.kind === "down").length, 1);
  assert.equal(probe.events.at(-1)?.kind, "down");
}
