import type { Config } from "../config/load.ts";
import { runOperatorCommand } from "../runtime/operator-command.ts";
import type { RecoveryAction } from "./action.ts";
import { createGpioPulse } from "./gpio.ts";
import { createUsbPower } from "./usb-power.ts";

/** What the configuration allows to be done to an MCU from outside, when nothing that goes by the serial line has helped. */
export interface RecoveryActions {
  /** The port is open: what is seen of it now may be needed when it has gone. */
  portOpened(): void;
  /** The next one in turn, from the gentlest to the roughest; undefined where there is none. */
  next(): RecoveryAction | undefined;
}

/** @param env where the service manager says which folder is kept while it starts this process again */
export function openRecovery({ path, recovery }: Config["serial"], env: NodeJS.ProcessEnv): RecoveryActions {
  const { command, usbPower: socket, usbPowerOffMs: offMs, gpio } = recovery;
  const actions: RecoveryAction[] = [];
  if (gpio.line !== undefined) actions.push(createGpioPulse({ ...gpio, line: gpio.line }));
  const stateFolder = env["RUNTIME_DIRECTORY"]?.split(":")[0];
  const usbPower = socket === undefined ? undefined : createUsbPower({ path, socket, offMs, stateFolder });
  if (usbPower !== undefined) {
    actions.push(usbPower);
    void usbPower.restore();
  }
  if (command !== undefined) {
    const run = () => runOperatorCommand(command, { ...env, RRPC_SERIAL_PATH: path });
    actions.push({ text: "the recovery command", run });
  }
  let count = 0;

  return {
    portOpened: () => usbPower?.remember(),
    next: () => actions[count++ % actions.length],
  };
}
