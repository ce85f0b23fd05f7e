import type { BoardConfig } from "../config/board-config.ts";
import { runOperatorCommand } from "../runtime/operator-command.ts";
import type { RecoveryAction } from "./action.ts";
import { followAdapter } from "./adapter-socket.ts";
import { type ConfiguredAction, recoveryActions } from "./configured.ts";
import { createGpioPulse } from "./gpio.ts";
import { createUsbPower, restoreUsbPower } from "./usb-power.ts";

type Recovery = BoardConfig["serial"]["recovery"];

/** The ways to reset an MCU from outside that the configuration allows, for when nothing on the serial line has helped. */
export interface RecoveryActions {
  /** The port is open: remember where its adapter is, for when it is gone. */
  portOpened(): void;
  /** The next one in turn, from the gentlest to the roughest; undefined if there is none. */
  next(): RecoveryAction | undefined;
  /** The gentlest, whichever is the next in turn; undefined if there is none. */
  first(): RecoveryAction | undefined;
  /** Takes other options. An action that is running goes on, and where the adapter was stays known. */
  configure(recovery: Recovery): void;
}

export interface RecoveryParts {
  /** Names the folder that the service manager keeps while it restarts this process. */
  readonly env: NodeJS.ProcessEnv;
  /** What is served or released and has its power from this USB socket, in words; undefined if there is nothing. */
  readonly neighbourAt: (socket: string) => string | undefined;
  /** Where sysfs is; another folder in tests. */
  readonly sysfs?: string | undefined;
}

/** The folders whose notes of an earlier process have been followed. */
const restored = new Set<string>();

/** To be called once for a port. The first call switches on what power an earlier process has left off. */
export function openRecovery(
  { path, recovery }: Pick<BoardConfig["serial"], "path" | "recovery">,
  { env, neighbourAt, sysfs }: RecoveryParts,
): RecoveryActions {
  const stateFolder = env["RUNTIME_DIRECTORY"]?.split(":")[0];
  const adapter = followAdapter(path, sysfs);
  let actions = recoveryActions(recovery).map(createAction);
  let count = 0;
  if (stateFolder !== undefined && !restored.has(stateFolder)) {
    restored.add(stateFolder);
    void restoreUsbPower(stateFolder, sysfs);
  }

  function createAction(configured: ConfiguredAction): RecoveryAction {
    switch (configured.kind) {
      case "gpio":
        return createGpioPulse(configured.gpio);
      case "usb_power": {
        const socket = () => (configured.socket === "auto" ? adapter.latest : configured.socket);
        return createUsbPower({ socket, offMs: configured.offMs, neighbourAt, stateFolder, sysfs });
      }
      case "command": {
        const run = () => runOperatorCommand(configured.command, { ...env, RRPC_SERIAL_PATH: path });
        return { text: "the recovery command", problem: () => undefined, run };
      }
      default:
        return configured satisfies never;
    }
  }

  return {
    portOpened: () => adapter.look(),
    next: () => actions[count++ % actions.length],
    first: () => actions[0],
    configure(changed) {
      actions = recoveryActions(changed).map(createAction);
    },
  };
}
