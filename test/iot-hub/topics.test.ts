import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceTopics, processIdOf, responseTopic, rrpcTopics } from "../../src/iot-hub/topics.ts";

const topics = deviceTopics(rrpcTopics, { productId: "ABCDEFGH12", deviceName: "gateway01" });

test("the filter and the response's topic", () => {
  assert.equal(topics.filter, "$rrpc/rxd/ABCDEFGH12/gateway01/+");
  assert.equal(responseTopic(topics, "41440"), "$rrpc/txd/ABCDEFGH12/gateway01/41440");
});

test("a processID is the last level, as it came", () => {
  for (const processId of ["41440", "0", "00469", "a b", "é", "-1", "x".repeat(200)]) {
    assert.equal(processIdOf(topics, `$rrpc/rxd/ABCDEFGH12/gateway01/${processId}`), processId);
  }
});

test("foreign topics name no request", () => {
  const foreign = [
    "",
    "$rrpc/rxd/ABCDEFGH12/gateway01",
    "$rrpc/rxd/ABCDEFGH12/gateway01/",
    "$rrpc/rxd/ABCDEFGH12/gateway01/1/2",
    "$rrpc/rxd/ABCDEFGH12/gateway01/+",
    "$rrpc/rxd/ABCDEFGH12/gateway01/1#",
    "$rrpc/rxd/ABCDEFGH12/gateway01/1\0",
    "$rrpc/rxd/ABCDEFGH12/gateway012/1",
    "$rrpc/rxd/ABCDEFGH12/Gateway01/1",
    "$rrpc/txd/ABCDEFGH12/gateway01/1",
    "x/$rrpc/rxd/ABCDEFGH12/gateway01/1",
  ];
  for (const topic of foreign) assert.equal(processIdOf(topics, topic), undefined, topic);
});

test("another pair of prefixes", () => {
  const explorer = deviceTopics(
    { request: "$iotrrpc/down", response: "$iotrrpc/up" },
    { productId: "P", deviceName: "D" },
  );
  assert.equal(explorer.filter, "$iotrrpc/down/P/D/+");
  assert.equal(processIdOf(explorer, "$iotrrpc/down/P/D/7"), "7");
  assert.equal(responseTopic(explorer, "7"), "$iotrrpc/up/P/D/7");
});
