/**
 * The example firmware on an emulated ATmega328P, behind a pseudo-terminal, in real time:
 *
 *   make -C deploy/firmware/examples/bare-metal atmega328p
 *   node --import tsx test/firmware/serve.ts [--hex FILE] [--bootloader FILE] [--link PATH] [--noise SHARE] [--seed N]
 *
 * prints `listening tty=/dev/pts/N`. Orders on standard input: `reset`, `press`, `release`, `noise SHARE`, `quit`; what each
 * has done is printed. The end of standard input is not an order.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openPty } from "../../src/lab/mcu/pty.ts";
import { createAvrBoard } from "./avr-board.ts";
import { createNoise } from "./noise.ts";

/** How far the emulator may fall behind before it gives up the lost time instead of catching up in one go. */
const LAG_MS_MAX = 50;
/** Short against the time that a line of 16 characters takes (1.4 ms): the emulator sleeps in steps of a timer. */
const STEP_MS = 1;

const { values } = parseArgs({
  options: {
    hex: { type: "string", default: "deploy/firmware/examples/bare-metal/build/atmega328p.hex" },
    bootloader: { type: "string" },
    link: { type: "string" },
    noise: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
  },
});
let noise = createNoise(Number(values.noise), Number(values.seed));

const sent: number[] = [];
const board = createAvrBoard({
  hex: readFileSync(values.hex, "latin1"),
  ...(values.bootloader !== undefined && { bootloader: readFileSync(values.bootloader, "latin1") }),
  onByte: (byte) => sent.push(byte),
  // A board fresh from the factory would give every process of ours the same first boot word.
  eeprom: Uint8Array.from([Math.random() * 256, Math.random() * 256]),
});
const pty = await openPty({
  onBytes: (bytes) => board.send(noise(bytes)),
  ...(values.link === undefined ? {} : { link: values.link }),
});

let realMs = performance.now();
const timer = setInterval(() => {
  const lagMs = performance.now() - realMs;
  realMs += lagMs;
  board.run(Math.min(lagMs, LAG_MS_MAX));
  if (sent.length > 0) pty.write(noise(Uint8Array.from(sent.splice(0))));
}, STEP_MS);

const orders = createInterface({ input: process.stdin });
orders.on("line", (line) => {
  const [order, argument] = line.trim().split(" ");
  switch (order) {
    case "reset":
      board.reset();
      break;
    case "press":
      board.press(true);
      break;
    case "release":
      board.press(false);
      break;
    case "noise":
      noise = createNoise(Number(argument), Number(values.seed));
      break;
    case "quit":
      stop();
      break;
    default:
      console.log(`unknown order=${order}`);
      return;
  }
  console.log(`done order=${order}`);
});
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
console.log(`listening tty=${pty.path}`);

function stop(): void {
  clearInterval(timer);
  orders.close();
  process.stdin.destroy();
  void pty.close();
}
