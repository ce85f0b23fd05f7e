import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { requestPrefix, responsePrefix } from "./device.ts";
import { createTraceReader } from "./trace.ts";

const port = 1883;
const publish = (topic: string, payload: string) =>
  generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false });
const request = publish(`${requestPrefix}7`, "turn left");
const response = publish(`${responsePrefix}7`, "r:turn left");
const hex = (bytes: Buffer) => `"${bytes.toString("hex").replace(/../g, "\\x$&")}"`;

/** A line as strace writes it, so many ms after this process began. */
const line = (atMs: number, call: string) => `${((performance.timeOrigin + atMs) / 1000).toFixed(6)} ${call}`;
const connect = (fd: number, toPort = port) =>
  line(
    0,
    `connect(${fd}, {sa_family=AF_INET, sin_port=htons(${toPort}), sin_addr=inet_addr("\\x31")}, 16) = -1 EINPROGRESS (x)`,
  );
const read = (atMs: number, fd: number, bytes: Buffer) =>
  line(atMs, `read(${fd}, ${hex(bytes)}, 65536) = ${bytes.length}`);
const write = (atMs: number, fd: number, bytes: Buffer, taken = bytes.length) =>
  line(atMs, `write(${fd}, ${hex(bytes)}, ${bytes.length}) = ${taken}`);

const hello = generate({ cmd: "connect", clientId: "7", protocolId: "MQTT", protocolVersion: 4 });

/** What is seen in these lines, as words. */
function seen(...lines: readonly string[]): string[] {
  const { traffic, read: readLine } = createTraceReader(port);
  for (const each of lines) readLine(each);
  return traffic.map((event) => {
    const detail = "processId" in event ? ` ${event.processId} ${event.payload}` : "";
    const goodbye = event.kind === "closed" && event.isGoodbye ? " in good order" : "";
    return `${Math.round(event.atMs)} #${event.connection} ${event.kind}${detail}${goodbye}`;
  });
}

test("a request counts from when its last byte was read, a response from when its last byte was taken", () => {
  assert.deepEqual(
    seen(
      connect(19),
      write(1, 19, hello),
      read(5, 19, request.subarray(0, 20)),
      line(6, "read(19, 0x7ffd, 65536) = -1 EAGAIN (Resource temporarily unavailable)"),
      read(10, 19, request.subarray(20)),
      write(20, 19, response, 12),
      write(30, 19, response.subarray(12)),
    ),
    ["1 #1 opened", "10 #1 request 7 turn left", "30 #1 response 7 r:turn left"],
  );
});

test("several pieces, and several packets, go in one call", () => {
  const [one, other] = [response.subarray(0, 9), response.subarray(9)];
  const pieces = `[{iov_base=${hex(one)}, iov_len=9}, {iov_base=${hex(other)}, iov_len=${other.length}}]`;
  assert.deepEqual(
    seen(
      connect(19),
      write(1, 19, hello),
      read(5, 19, Buffer.concat([request, request])),
      line(7, `writev(19, ${pieces}, 2) = ${response.length}`),
    ),
    ["1 #1 opened", "5 #1 request 7 turn left", "5 #1 request 7 turn left", "7 #1 response 7 r:turn left"],
  );
});

test("a connection ends with its descriptor, whose number the next one may have", () => {
  const disconnect = generate({ cmd: "disconnect" });
  assert.deepEqual(
    seen(
      connect(19),
      write(1, 19, hello),
      line(3, "close(19) = 0"),
      connect(19),
      write(4, 19, disconnect),
      line(5, "close(19) = 0"),
    ),
    ["1 #1 opened", "3 #1 closed", "4 #2 opened", "5 #2 closed in good order"],
  );
});

test("a connection that nothing was written to is none: another address was quicker", () => {
  assert.deepEqual(seen(connect(19), line(3, "close(19) = 0")), []);
});

test("other descriptors, other ports and strace's own words are nothing", () => {
  assert.deepEqual(
    seen(connect(20, 53), read(1, 20, request), write(2, 1, response), line(3, "+++ exited with 0 +++"), ""),
    [],
  );
});
