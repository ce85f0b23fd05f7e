/** The JSON of operations: what is written to the byte, and what is read of whatever comes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { publishBytesMax, responseBytesMax } from "../../src/iot-hub/limits.ts";
import {
  encodeAcknowledgement,
  encodeOperation,
  fittingCount,
  operationTopics,
  readHubMessage,
} from "../../src/iot-hub/operations.ts";

const nonce = { random: 121213, timestampS: 1767225600 };
const sub01 = { productId: "SUBPRODUCT", deviceName: "sub01" };
const read = (message: unknown) => readHubMessage(Buffer.from(JSON.stringify(message)));

test("the topics have the gateway's own names", () => {
  assert.deepEqual(operationTopics({ productId: "ABCDEFGH12", deviceName: "gateway01" }), {
    operation: "$gateway/operation/ABCDEFGH12/gateway01",
    result: "$gateway/operation/result/ABCDEFGH12/gateway01",
  });
});

test("online and offline name the devices, and bind proves that their secrets are known", () => {
  for (const operation of ["online", "offline"] as const)
    assert.equal(
      String(encodeOperation(operation, [{ ...sub01, secret: "not told" }], nonce)),
      `{"type":"${operation}","payload":{"devices":[{"product_id":"SUBPRODUCT","device_name":"sub01"}]}}`,
    );
  assert.deepEqual(
    JSON.parse(String(encodeOperation("bind", [{ ...sub01, secret: "MDEyMzQ1Njc4OWFiY2RlZg==" }], nonce))),
    {
      type: "bind",
      payload: {
        devices: [
          {
            product_id: "SUBPRODUCT",
            device_name: "sub01",
            signature: "lfrEzeiFSN1NRXQEbTfrCO3snb7Ofg7KfdGDrK+J2ho=",
            random: 121213,
            timestamp: 1767225600,
            signmethod: "hmacsha256",
            authtype: "psk",
          },
        ],
      },
    },
  );
});

test("98 devices with the longest names fit into one message to go online, and into two to be bound", () => {
  const devices = Array.from({ length: 98 }, (_, index) => ({
    productId: "ABCDEFGH12",
    deviceName: String(index).padStart(48, "d"),
    secret: "MDEyMzQ1Njc4OWFiY2RlZg==",
  }));
  assert.equal(fittingCount("online", devices), 98);
  const count = fittingCount("bind", devices);
  assert.ok(count >= 49 && count < 98, `${count}`);
  for (const payload of [
    encodeOperation("online", devices, nonce),
    encodeOperation("bind", devices.slice(0, count), nonce),
  ])
    assert.ok(payload.length <= responseBytesMax, `${payload.length}`);
  const tooLong = { productId: "P", deviceName: "d".repeat(publishBytesMax) };
  assert.equal(fittingCount("online", [tooLong, sub01]), 1, "what never fits does not stop the others");
});

test("each notice is acknowledged with 0, a change for each of its devices", () => {
  const text = (payloads: readonly Buffer[]) => payloads.map(String);
  assert.deepEqual(text(encodeAcknowledgement({ kind: "change", isBound: false, devices: [sub01] })), [
    '{"type":"change","payload":{"status":0,"devices":[{"product_id":"SUBPRODUCT","device_name":"sub01","result":0}]}}',
  ]);
  assert.deepEqual(text(encodeAcknowledgement({ kind: "unbind_all" })), [
    '{"type":"unbind_all","payload":{"result":0}}',
  ]);
  assert.deepEqual(text(encodeAcknowledgement({ kind: "search_devices", status: 1 })), [
    '{"type":"search_devices","payload":{"status":1,"result":0}}',
  ]);
  assert.deepEqual(text(encodeAcknowledgement({ kind: "search_devices", status: undefined })), [
    '{"type":"search_devices","payload":{"result":0}}',
  ]);
});

test("the acknowledgement of the longest notice fits into its pieces, and leaves out nobody", () => {
  const devices = Array.from({ length: 350 }, (_, index) => ({ productId: "", deviceName: `${index}` }));
  const notice = read({
    type: "change",
    payload: { status: 1, devices: devices.map(({ deviceName }) => ({ product_id: "", device_name: deviceName })) },
  });
  assert.ok(notice.kind === "change");
  const pieces = encodeAcknowledgement(notice);
  assert.ok(pieces.length > 1);
  for (const piece of pieces) assert.ok(piece.length <= responseBytesMax);
  const named = pieces.flatMap((piece) => JSON.parse(String(piece)).payload.devices);
  assert.deepEqual(
    named.map(({ device_name }: { device_name: string }) => device_name),
    devices.map(({ deviceName }) => deviceName),
  );
});

test("what the hub says is read", () => {
  const entry = { product_id: "SUBPRODUCT", device_name: "sub01" };
  for (const operation of ["online", "offline", "bind"] as const)
    assert.deepEqual(read({ type: operation, payload: { devices: [{ ...entry, result: -1, more: [] }] }, more: 1 }), {
      kind: "result",
      operation,
      results: [{ ...sub01, code: -1 }],
    });
  for (const status of [0, 1])
    assert.deepEqual(read({ type: "change", payload: { status, devices: [entry] } }), {
      kind: "change",
      isBound: status === 1,
      devices: [sub01],
    });
  assert.deepEqual(read({ type: "unbind_all" }), { kind: "unbind_all" });
  assert.deepEqual(read({ type: "search_devices", payload: { status: 0 } }), { kind: "search_devices", status: 0 });
  assert.deepEqual(read({ type: "search_devices" }), { kind: "search_devices", status: undefined });
  assert.deepEqual(read({ type: "describe_sub_devices", payload: {} }), {
    kind: "unknown",
    type: "describe_sub_devices",
  });
});

test("whatever else comes is malformed, and says how", () => {
  const rows: [text: string, problem: RegExp][] = [
    ["", /no JSON object/],
    ["\xff\0{", /no JSON object/],
    ["[]", /no JSON object/],
    ["null", /no JSON object/],
    ["1e999", /no JSON object/],
    ["[".repeat(16_000), /no JSON object/],
    ["{}", /no type/],
    ['{"type":["online"]}', /no type/],
    ['{"type":"online"}', /online without a list/],
    ['{"type":"online","payload":[]}', /online without a list/],
    ['{"type":"online","payload":{"devices":{}}}', /online without a list/],
    ['{"type":"online","payload":{"devices":[null]}}', /online without a list/],
    [
      '{"type":"online","payload":{"devices":[{"product_id":1,"device_name":"d","result":0}]}}',
      /online without a list/,
    ],
    ['{"type":"online","payload":{"devices":[{"product_id":"p","device_name":"d"}]}}', /online without a list/],
    ['{"type":"online","payload":{"devices":[{"product_id":"p","device_name":"d","result":"0"}]}}', /online without/],
    [
      '{"type":"bind","payload":{"devices":[{"product_id":"p","device_name":"d","result":0.5}]}}',
      /bind without a list/,
    ],
    ['{"type":"change","payload":{"devices":[]}}', /change without a status/],
    ['{"type":"change","payload":{"status":2,"devices":[]}}', /change without a status/],
    ['{"type":"change","payload":{"status":1,"devices":[{}]}}', /change without a list/],
    [`{"type":"online","pad":"${"x".repeat(publishBytesMax)}"}`, /more than 16384/],
  ];
  for (const [text, problem] of rows) {
    const message = readHubMessage(Buffer.from(text, "latin1"));
    assert.equal(message.kind, "malformed", text.slice(0, 80));
    assert.match(message.kind === "malformed" ? message.problem : "", problem, text.slice(0, 80));
  }
});
