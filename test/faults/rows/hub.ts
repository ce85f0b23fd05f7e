import { strict as assert } from "node:assert";
import type { Packet } from "mqtt-packet";
import { requestPrefix } from "../device.ts";
import type { FaultRow } from "../row.ts";
import type { Tap } from "../tap.ts";
import type { Testbed } from "../testbed.ts";
import { expectErrors } from "./expect-errors.ts";
import { foreignTopics, lies, malformed, publish } from "./hub-packets.ts";
import { breakSession, failedSessions, stableSession, whileAltered } from "./sessions.ts";

const group = "hub";

/** Asks for these one after the other, at the row's rate, between the requests that flow. */
async function callAll({ caller, lasts }: Testbed, payloads: readonly Buffer[]): Promise<void> {
  for (const payload of payloads) {
    caller.call(payload);
    await lasts(1);
  }
}

/** A hub that breaks off the way to a session, for two attempts of the gateway. */
function halfwayRow(name: string, alter: Tap["alter"]): FaultRow {
  return {
    group,
    name,
    note: "With a `connectTimeoutMs` of 2 s; two attempts of the gateway's fail.",
    testbed: { config: { hub: { connectTimeoutMs: 2000 } } },
    strikes: 2,
    async strike(testbed) {
      await stableSession(testbed);
      await whileAltered(testbed, alter, async () => {
        await breakSession(testbed);
        await failedSessions(testbed, 2);
      });
    },
  };
}

function refused(packet: Packet, bytes: Buffer): Buffer {
  return packet.cmd === "suback" ? Buffer.concat([bytes.subarray(0, -1), Buffer.from([0x80])]) : bytes;
}

const isRequest = (packet: Packet): boolean => packet.cmd === "publish" && packet.topic.startsWith(requestPrefix);

/** IoT Hub's limit for a message. */
const longestBytes = 16 * 1024;

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const binaries = [
  allBytes,
  Buffer.concat([allBytes, allBytes]),
  Buffer.alloc(32),
  Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x80]),
  Buffer.from("\n<1 forged\n?\n"),
  Buffer.from("\r\n"),
  Buffer.from("\\x00\\n\\"),
  Buffer.from("\x1b[2J\x07"),
];

const oddIds = ["x".repeat(33), "x".repeat(200), "a b", "%41", "1.5", "..", "é", "☃", '"', "'", "\\", "$SYS", "-"];

/** They are IDs of the line protocol, whatever they look like. */
const strangeIds = ["x".repeat(32), "_", "a-b", "__proto__", "constructor", "0007"];

/** Throws unless at least so many requests were delivered to the gateway that it had been given before. */
function expectRepeats({ tap }: Testbed, least: number): void {
  const ids = tap.traffic.flatMap((event) => (event.kind === "request" ? [event.processId] : []));
  const repeatCount = ids.length - new Set(ids).size;
  assert.ok(repeatCount >= least, `only ${repeatCount} requests were repeated`);
}

/** Sends these bytes to the gateway, which has to end the session because of them. */
async function spoil(testbed: Testbed, bytes: Buffer): Promise<void> {
  const { tap, until } = testbed;
  const endCount = () => tap.traffic.filter(({ kind }) => kind === "closed").length;
  const before = endCount();
  tap.inject(bytes);
  await until("the end of the session", () => endCount() > before, 60_000);
}

export const hubRows: readonly FaultRow[] = [
  halfwayRow("acknowledges CONNECT, but never hears SUBSCRIBE", (packet, bytes) =>
    packet.cmd === "subscribe" ? undefined : bytes,
  ),
  halfwayRow("refuses SUBSCRIBE", refused),
  {
    group,
    name: "subscribes, but its SUBACK is lost",
    note: "A request that arrives proves the subscription: the gateway serves it and does not wait for SUBACK.",
    strikes: 2,
    async strike(testbed) {
      await whileAltered(
        testbed,
        (packet, bytes) => (packet.cmd === "suback" ? undefined : bytes),
        async () => {
          await breakSession(testbed);
          await testbed.served();
          await testbed.lasts(60);
        },
      );
    },
    check: ({ tap }) => assert.equal(tap.traffic.filter(({ kind }) => kind === "opened").length, 3),
  },
  {
    group,
    name: "floods 1000 requests/s for 10 s",
    note: "To an MCU at 115200 baud, which can do a fraction of them; the rest is told so at once.",
    testbed: { mcu: { baudRate: 115_200 } },
    alone: true,
    strikes: 1,
    async strike({ flow, lasts }) {
      flow(1000);
      await lasts(10_000);
      flow(20);
    },
    check(_testbed, figures) {
      assert.ok(figures.delivered > 9500, `${figures.delivered} requests were delivered`);
      expectErrors(figures, "queue_full");
    },
  },
  {
    group,
    name: "sends requests of 16 KB",
    note: "To an MCU that takes and echoes them, at 921600 baud; an echo of 15 KB is a response, one of 16 KB is too large.",
    testbed: {
      mcu: { lineBytes: 16_500 },
      config: { serial: { baudRate: 921_600, commandBytesMax: 16_500, replyBytesMax: 16_500 } },
    },
    async strike(testbed) {
      for (const byteCount of [15_000, longestBytes]) {
        await callAll(
          testbed,
          [..."0123456789"].map((digit) => Buffer.alloc(byteCount, digit)),
        );
      }
    },
    check: (_testbed, { errors }) => assert.deepEqual([...errors], [["internal reply_too_large", 30]]),
  },
  {
    group,
    name: "sends requests longer than the MCU's line",
    async strike(testbed) {
      await callAll(testbed, [Buffer.alloc(254, "x"), Buffer.alloc(longestBytes, "y"), Buffer.alloc(200, 0)]);
    },
    check: (_testbed, { errors }) => assert.deepEqual([...errors], [["invalid_argument too_long", 9]]),
  },
  {
    group,
    name: "sends empty requests",
    strike: (testbed) => callAll(testbed, Array(20).fill(Buffer.alloc(0))),
    check: (_testbed, { delivered, ok }) => assert.equal(ok, delivered),
  },
  {
    group,
    name: "sends binary requests",
    note: "All bytes, NULs, line ends, torn UTF-8, lines of the protocol, escapes.",
    testbed: { mcu: { lineBytes: 1100 } },
    strike: (testbed) => callAll(testbed, binaries),
    check: (_testbed, { delivered, ok }) => assert.equal(ok, delivered),
  },
  {
    group,
    name: "keeps requests (retain) and sends them again to every session",
    note: "None of them is executed again, nor answered.",
    strikes: 2,
    async strike(testbed) {
      const { caller, lasts, tap, until } = testbed;
      for (let count = 0; count < 5; count += 1) caller.call(undefined, undefined, { retain: true });
      await lasts(100); // The memory of answered requests, 4 s long, must not be what helps.
      let keptCount = 0;
      await whileAltered(
        testbed,
        (packet, bytes) => {
          if (isRequest(packet) && packet.cmd === "publish" && packet.retain) keptCount += 1;
          return bytes;
        },
        async () => {
          await breakSession(testbed);
          await until("the kept requests", () => keptCount >= 5 && tap.traffic.at(-1)?.kind === "response");
        },
      );
    },
  },
  {
    group,
    name: "sends every request twice (QoS 0)",
    note: "And some of them a second later once more.",
    async strike(testbed) {
      const { caller, lasts } = testbed;
      await whileAltered(
        testbed,
        (packet, bytes) => (isRequest(packet) ? Buffer.concat([bytes, bytes]) : bytes),
        () => lasts(40),
      );
      const sinceMs = performance.now() - 1000;
      const again = caller.calls.filter(({ atMs }) => atMs >= sinceMs);
      await lasts(20);
      for (const { payload, processId } of again) caller.call(payload, processId);
    },
    check: (testbed) => expectRepeats(testbed, 150),
  },
  {
    group,
    name: "sends every request again with DUP (QoS 1)",
    testbed: { config: { hub: { qos: 1 } } },
    async strike(testbed) {
      const { caller, lasts } = testbed;
      await whileAltered(
        testbed,
        (packet, bytes) => {
          if (!isRequest(packet) || packet.cmd !== "publish" || packet.qos !== 1) return bytes;
          const again = Buffer.from(bytes);
          again.writeUInt8(bytes.readUInt8(0) | 0x08);
          return Buffer.concat([bytes, again]);
        },
        async () => {
          for (let count = 0; count < 40; count += 1) {
            caller.call(undefined, undefined, { qos: 1 });
            await lasts(1);
          }
        },
      );
    },
    check: (testbed) => expectRepeats(testbed, 120),
  },
  {
    group,
    name: "uses a processID again for another request at once",
    async strike({ caller, until }) {
      caller.call();
      const first = caller.calls.at(-1);
      await until("its response", () => first !== undefined && first.heardAtMs.length > 0);
      caller.call(Buffer.from("another request"), first?.processId);
    },
    note: "The reply has come, so the id is free: the other request is served.",
    check: (_testbed, { errors }) => assert.equal(errors.get("unavailable id_held"), undefined),
  },
  {
    group,
    name: "sends odd processIDs",
    note: "What is no ID of the line protocol is refused; what only looks odd is served.",
    async strike({ caller, lasts }, round) {
      for (const id of [...oddIds, ...strangeIds]) {
        caller.call(Buffer.from(`${round} ${id.length}`), id);
        await lasts(1);
      }
    },
    check: (_testbed, { errors }) => assert.equal(errors.get("invalid_argument bad_process_id"), oddIds.length * 3),
  },
  {
    group,
    name: "sends on topics that were never subscribed",
    note: "Other devices, no processID, more levels, wildcards, the empty topic: nothing is executed or answered, and the session stays.",
    async strike({ tap, lasts }) {
      for (const topic of foreignTopics) {
        tap.inject(publish(topic, "foreign"));
        await lasts(1);
      }
    },
    check: ({ tap }) => assert.equal(tap.traffic.filter(({ kind }) => kind === "opened").length, 1),
  },
  {
    group,
    name: "sends malformed packets",
    note: "HTTP, a reserved type, a topic longer than its packet, a SUBACK to nothing: each ends the session.",
    strikes: malformed.length,
    strike: (testbed, round) => spoil(testbed, malformed[round] ?? Buffer.alloc(0)),
  },
  {
    group,
    name: "sends packets that are shorter than they say",
    note: "By 300 bytes, 100 KB and 256 MB: what follows is taken for their contents until the lie shows, 30 s at most.",
    strikes: lies.length,
    strike: (testbed, round) => testbed.outage(() => spoil(testbed, lies[round] ?? Buffer.alloc(0))),
  },
];
