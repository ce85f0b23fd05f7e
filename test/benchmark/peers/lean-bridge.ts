// The floor of Node.js, warm and at QoS 0: the daemon's own ways to the tty and to the socket, its flags of V8, the tty in canonical mode from
// the beginning, and nothing else: no check, no deadline, no count. A gateway on the same two packages cannot take less. Its start is none: it has no
// code cache, and waits for stty.
//
//     node lean-bridge.cjs HOST PORT PRODUCT/DEVICE TTY 0
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { MqttClient } from "mqtt";
import { SerialPort } from "serialport";
import { publishPacket } from "../../../src/mqtt/publisher.ts";
import { tuneV8 } from "../../../src/runtime/tune-v8.ts";
import { canonicalModes } from "../../../src/serial/canonical-mode.ts";
import { createPortIo } from "../../../src/serial/port-io.ts";
import type { Tty } from "../../../src/serial/tty.ts";

tuneV8();
const [host = "", port, device, path = "", qos] = process.argv.slice(2);
if (qos !== "0") throw new Error("the lean bridge knows QoS 0 alone");

async function openTty() {
  // The binding has more than its types say: src/serial/tty.ts.
  const tty = (await SerialPort.binding.open({ path, baudRate: 115200 })) as Tty;
  const { status } = spawnSync("stty", ["-F", path, "-drain", ...canonicalModes.split(" ")]);
  if (status !== 0) throw new Error(`stty refuses canonical mode on ${path}`);
  return createPortIo(tty);
}

void openTty().then((io) => {
  const socket = connect({ host, port: Number(port), noDelay: true });
  const client = new MqttClient(() => socket, {
    protocolId: "MQTT",
    protocolVersion: 4,
    keepalive: 60,
    reconnectPeriod: 0,
    log: () => {},
    writeCache: false,
  });
  client.on("connect", () => client.subscribe(`$rrpc/rxd/${device}/+`, { qos: 0 }));
  client.on("message", (topic, payload) => {
    // In what it is measured with, a tty takes each at once: no second one has to wait.
    void io.write(Buffer.from(`>${topic.slice(topic.lastIndexOf("/") + 1)} ${payload.toString("latin1")}\n`, "latin1"));
  });
  let rest = "";
  io.read({
    onBytes(bytes) {
      const lines = (rest + bytes.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("<")) respond(line);
    },
    onFailed(error) {
      throw error;
    },
  });

  function respond(line: string): void {
    const space = line.indexOf(" ");
    const topic = `$rrpc/txd/${device}/${line.slice(1, space)}`;
    const payload = Buffer.from(line.slice(space + 1), "latin1");
    socket.write(publishPacket(topic, payload));
  }
});
