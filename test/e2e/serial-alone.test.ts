/** What the gateway of a file with `serial` alone sends to the hub, byte for byte: nothing of boards or sub-devices is in it. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { message, type PacketType, startScripted, thenScript, unsuback } from "../mqtt/raw-broker.ts";
import { startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";
import { deviceSecret, productId } from "./broker-messages.ts";

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

/** One packet; its remaining length takes one byte, or two. */
function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const rest = Buffer.concat(parts);
  const length = rest.length < 128 ? [rest.length] : [(rest.length & 127) | 128, rest.length >> 7];
  return Buffer.concat([Buffer.from([first, ...length]), rest]);
}

/** CONNECT as the documents of IoT Hub say it; the connection's own five characters are those of `sent`. */
function connect(sent: Buffer, deviceName: string): Buffer {
  const clientId = `${productId}${deviceName}`;
  const connId = /;12010126;([A-Za-z0-9]{5});/.exec(sent.toString("latin1"))?.[1];
  const expiry = /;12010126;[A-Za-z0-9]{5};(\d+)/.exec(sent.toString("latin1"))?.[1];
  const username = `${clientId};12010126;${connId};${expiry}`;
  const hmac = createHmac("sha256", Buffer.from(deviceSecret, "base64")).update(username).digest("hex");
  const cleanWithLogin = 0xc2;
  const head = Buffer.from([4, cleanWithLogin, 0, 120]);
  return packet(0x10, text("MQTT"), head, text(clientId), text(username), text(`${hmac};hmacsha256`));
}

test("a file with serial alone: CONNECT, one filter, the response, and at the stop UNSUBSCRIBE and DISCONNECT", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-alone-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const types: PacketType[] = [];
  const packets: Buffer[] = [];
  const device = `${productId}/gateway1`;
  const endpoint = await startScripted(
    t,
    thenScript((type, bytes, socket) => {
      types.push(type);
      packets.push(Buffer.from(bytes));
      if (type === "subscribe") socket.write(message(`$rrpc/rxd/${device}/41440`, "read"));
      if (type === "unsubscribe") socket.write(unsuback(bytes));
      watch.changed();
    }),
  );
  writeFileSync(join(folder, "device-secret"), deviceSecret, { mode: 0o600 });
  const file = join(folder, "config.yaml");
  writeFileSync(
    file,
    `hub: {productId: ${productId}, deviceName: gateway1, deviceSecretFile: device-secret, transport: tcp, host: 127.0.0.1, port: ${endpoint.port}}
serial: {path: ./nowhere}
`,
  );
  const daemon = startDaemon(["run", "--config", file], watch.changed);
  t.after(() => daemon.signal("SIGKILL"));
  await watch.until("the response", () => types.includes("publish"));
  daemon.signal("SIGHUP");
  await watch.until("the reload", () => daemon.stderr().includes("reload: nothing has changed"));
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);

  const [sentConnect, sentSubscribe, sentResponse, sentUnsubscribe, ...rest] = packets;
  assert.ok(sentConnect && sentSubscribe && sentResponse && sentUnsubscribe, types.join(", "));
  assert.deepEqual(sentConnect, connect(sentConnect, "gateway1"));
  const filter = text(`$rrpc/rxd/${device}/+`);
  assert.deepEqual(sentSubscribe, packet(0x82, sentSubscribe.subarray(2, 4), filter, Buffer.from([0])));
  const payload = sentResponse.subarray(sentResponse.indexOf("{"));
  assert.deepEqual(sentResponse, packet(0x30, text(`$rrpc/txd/${device}/41440`), payload));
  const { error } = JSON.parse(String(payload));
  assert.deepEqual([error.reason, error.executed, "board" in error], ["serial_down", "no", false]);
  assert.deepEqual(sentUnsubscribe, packet(0xa2, sentUnsubscribe.subarray(2, 4), filter));
  assert.deepEqual(rest, [Buffer.from([0xe0, 0])]);
});
