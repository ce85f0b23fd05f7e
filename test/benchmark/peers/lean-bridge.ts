// The floor of Node.js: the daemon's own ways to the tty and to the socket, V8 as the daemon sets it, the tty in canonical mode from the
// beginning, and nothing else: no check, no deadline, no count. A gateway on the same two packages cannot take less.
//
//     node lean-bridge.cjs HOST PORT PRODUCT/DEVICE TTY QOS
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { MqttClient } from "mqtt";
import { SerialPort } from "serialport";
import { publishPacket } from "../../../src/mqtt/publisher.ts";
import { tuneV8 } from "../../../src/runtime/tune-v8.ts";
import { createPortIo } from "../../../src/serial/port-io.ts";
import type { Tty } from "../../../src/serial/tty.ts";

tuneV8();
const [host = "", port, device, path = "", qos] = process.argv.slice(2);

async function openTty() {
  // The binding has more than its types say: src/serial/tty.ts.
  const tty = (await SerialPort.binding.open({ path, baudRate: 115200 })) as Tty;
  const { status } = spawnSync("stty", ["-F", path, "-drain", "icanon", "-isig", "-iexten", "-echo", "eof", "undef"]);
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
  client.on("connect", () => client.subscribe(`$rrpc/rxd/${device}/+`, { qos: Number(qos) as 0 | 1 }));
  client.on("message", (topic, payload) => {
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
    if (qos === "0") socket.write(publishPacket(topic, payload));
    else client.publish(topic, payload, { qos: 1 });
  }
});
