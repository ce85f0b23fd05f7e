/** One request's way through the gateway and back. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { worldTests } from "./world.ts";

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe("a request", { concurrency: 3 }, () => {
  const test = worldTests();

  test("becomes one command, and the MCU's reply its response", {}, async ({ call, commands }) => {
    const { text, tookMs } = await call("41440", '{"cmd":"led","on":true}');
    assert.equal(text, '{"cmd":"led","on":true}');
    assert.ok(tookMs < 2000);
    assert.deepEqual(
      commands.map(({ line }) => line),
      ['>41440 {"cmd":"led","on":true}'],
    );
  });

  test("with line ends and binary bytes is one line and comes back exactly", {
    mcu: { lineBytes: 1024 },
  }, async (w) => {
    const payloads = [allBytes, Buffer.from("a\r\nb\n>7 forged\n\\n\n"), Buffer.from("温度\0"), Buffer.alloc(0)];
    for (const [index, payload] of payloads.entries()) {
      assert.deepEqual((await w.call(`${index}`, payload)).bytes, payload);
    }
    assert.deepEqual(
      w.commands.map(({ processId }) => processId),
      ["0", "1", "2", "3"],
    );
    assert.equal(w.mcu.counts().malformed, 0);
  });

  test("is answered with the reply's bytes, whatever they are", {}, async ({ call }) => {
    assert.deepEqual((await call("1", "binary 256")).bytes, allBytes);
  });

  test("takes the same way with checksums on every line", { mcu: { crc: true, lineBytes: 2048 } }, async (w) => {
    assert.deepEqual((await w.call("1", allBytes)).bytes, allBytes);
    assert.match(w.commands[0]?.line ?? "", /\*[0-9A-F]{4}$/);
    assert.equal(w.mcu.counts().damaged, 0);
  });

  test("that the MCU refuses is answered with its own code and text", {}, async ({ call }) => {
    const { error, text } = await call("1", "refuse busy motor is homing");
    assert.equal(error, "failed_precondition refused no");
    const { source, mcuCode, mcuText, processId } = JSON.parse(text).error;
    assert.deepEqual([source, mcuCode, mcuText, processId], ["mcu", "busy", "motor is homing", "1"]);
  });

  test("with a processID that fits no line is refused, and the MCU is not bothered", {}, async (w) => {
    for (const processId of ["a b", "x".repeat(33), "-", "é", "a*b", "\u0001", ">1"]) {
      assert.equal((await w.call(processId, "harm")).error, "invalid_argument bad_process_id no");
    }
    assert.equal((await w.call("x".repeat(32), "no harm")).text, "no harm");
    assert.equal(w.mcu.counts().commands, 1);
  });

  test("that is longer than the MCU's line is refused before a byte is written", {
    mcu: { lineBytes: 64 },
  }, async (w) => {
    // ">1 " and LF come to the payload.
    assert.equal((await w.call("1", "x".repeat(61))).error, "invalid_argument too_long no");
    assert.equal((await w.call("2", "x".repeat(60))).text, "x".repeat(60));
    assert.equal((await w.call("3", "\n".repeat(31))).error, "invalid_argument too_long no");
    assert.equal(w.mcu.counts().overlong, 0);
  });

  test("whose reply is larger than a response can be is told so at once", {}, async ({ call }) => {
    const { error, tookMs } = await call("1", "big 20000");
    assert.equal(error, "internal reply_too_large unknown");
    assert.ok(tookMs < 2000);
    assert.equal((await call("2", "and on")).text, "and on");
  });

  const explorer = { topics: { request: "$iotrrpc/down", response: "$iotrrpc/up" } };
  test("of IoT Explorer takes its own pair of topics", { config: { hub: explorer } }, async ({ call }) => {
    assert.equal((await call("1", "explored", { root: "$iotrrpc/down" })).text, "explored");
  });

  test("at QoS 1 is answered once, too", { config: { hub: { qos: 1 } } }, async ({ call }) => {
    assert.equal((await call("1", "assured", { qos: 1 })).text, "assured");
  });

  test("may be seen in the log at debug only, the secret never", { config: { log: { level: "debug" } } }, async (w) => {
    assert.equal((await w.call("1", "to be seen")).text, "to be seen");
    await w.log(/request 1: ok/);
  });
});
