import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { publishPacket } from "../../src/mqtt/publisher.ts";

test("a PUBLISH is byte for byte what mqtt.js makes of it", () => {
  // Around each step of the remaining length (MQTT 3.1.1 §2.2.3): 127, 16 383 and 2 097 151 bytes.
  const payloadBytes = [0, 1, 110, 111, 112, 16_366, 16_367, 16_368, 2_097_134, 2_097_135];
  for (const topic of ["$rrpc/txd/P/d/1", "温度/1"]) {
    for (const byteCount of payloadBytes) {
      const payload = Buffer.alloc(byteCount, "x");
      const expected = generate({ cmd: "publish", qos: 0, dup: false, retain: false, topic, payload });
      assert.ok(publishPacket(topic, payload).equals(expected), `${topic}, ${byteCount} bytes`);
    }
  }
});
