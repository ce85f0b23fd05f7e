import { baudRate, type Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { duration } from "./text.ts";

/** Shows the participants, and the protocols between them. */
export function introduce({ apiPort, daemon, mcu, lamp, readyAfterMs }: Scenario, screen: Screen): void {
  const participant = (name: string, who: string) => screen.plain(`${name.padEnd(13)} ${who}`, 14);
  const protocol = (name: string) => screen.note(`  │ ${name}`);
  participant("application", `this program, calls TCP port ${apiPort}`);
  protocol("HTTP");
  participant("IoT Hub", "simulated, in this program");
  protocol("MQTT");
  participant("rrpc-gateway", `the real one, process ${daemon.pid}`);
  protocol("UART");
  participant("MCU", `simulated, ${mcu.tty}; a second one, the lamp, ${lamp.mcu.tty}`);
  screen.plain("");
  screen.note(
    `The gateway was ready ${duration(readyAfterMs)} after its start. The serial lines run at ${baudRate} baud.`,
  );
  screen.note("All times are measured in the application, from the HTTP request to the answer.");
}
