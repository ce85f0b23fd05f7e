import assert from "node:assert/strict";
import { test } from "node:test";
import { publishBytesMax, quietMs, responseBytesMax, responseWaitMs } from "../../src/iot-hub/limits.ts";
import { publishPacket } from "../../src/mqtt/publisher.ts";

test("the longest response on the longest topic is a PUBLISH that the hub takes", () => {
  const packet = publishPacket("t".repeat(255), Buffer.alloc(responseBytesMax));
  assert.ok(packet.length <= publishBytesMax, `${packet.length} bytes`);
});

test("the hub is asked for a sign of life only when nobody waits for the response any more", () => {
  assert.ok(quietMs > responseWaitMs);
});
