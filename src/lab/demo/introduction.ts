import type { Screen } from "./screen.ts";
import { baudRate, type Stage } from "./stage.ts";
import { duration } from "./text.ts";

/** Shows who takes part, and over which wires the calls go. */
export function introduce({ apiPort, daemon, mcu, readyAfterMs }: Stage, screen: Screen): void {
  const station = (name: string, who: string) => screen.plain(`${name.padEnd(13)} ${who}`, 14);
  const wire = (name: string) => screen.note(`  │ ${name}`);
  station("application", `this program, calls port ${apiPort}`);
  wire("HTTP");
  station("IoT Hub", "simulated, in this program");
  wire("MQTT");
  station("rrpc-gateway", `the real one, process ${daemon.pid}`);
  wire("UART");
  station("MCU", `simulated, ${mcu.tty}`);
  screen.plain("");
  screen.note(`The gateway was ready ${duration(readyAfterMs)} after its start. The line has ${baudRate} baud.`);
  screen.note("All times are the application's, from its HTTP request to the answer.");
}
