// The bridge that one would write first: the gateway's two packages, their defaults, no checks. What the gateway is
// measured against.
//
//     node plain-bridge.mjs BROKER-URL PRODUCT/DEVICE TTY QOS
import { ReadlineParser } from "@serialport/parser-readline";
import mqtt from "mqtt";
import { SerialPort } from "serialport";

const [url, device, path, qos] = process.argv.slice(2);
const options = { qos: Number(qos) };
const port = new SerialPort({ path, baudRate: 115200 });
const client = mqtt.connect(url);

client.on("connect", () => client.subscribe(`$rrpc/rxd/${device}/+`, options));
client.on("message", (topic, payload) => port.write(`>${topic.split("/").at(-1)} ${payload}\n`));
port.pipe(new ReadlineParser()).on("data", (line) => {
  if (!line.startsWith("<")) return;
  const space = line.indexOf(" ");
  client.publish(`$rrpc/txd/${device}/${line.slice(1, space)}`, line.slice(space + 1), options);
});
