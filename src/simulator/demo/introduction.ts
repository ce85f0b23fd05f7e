import type { Screen } from "./screen.ts";
import { baudRate, type Stage } from "./stage.ts";
import { duration } from "./text.ts";

/** Shows who takes part, and over which wires the calls go. */
export function introduce({ apiPort, daemon, mcu, readyAfterMs }: Stage, screen: Screen): void {
  const journey = [
    ["application ◀── HTTP ──▶ ", "this program", `calls port ${apiPort}`],
    ["IoT Hub ◀── MQTT ──▶ ", "simulated", "in this program"],
    ["rrpc-gateway ◀── UART ──▶ ", "the real one", `process ${daemon.pid}`],
    ["MCU", "simulated", mcu.tty],
  ] as const;
  const row = (at: 0 | 1 | 2) => journey.map((station) => station[at].padEnd(station[0].length)).join("");
  screen.plain(row(0));
  screen.note(row(1));
  screen.note(row(2));
  screen.plain("");
  screen.note(
    `The gateway was ready ${duration(readyAfterMs)} after its start; the serial line passes ${baudRate} baud.`,
  );
  screen.note("All times are the application's, from its HTTP request to the answer.");
}
