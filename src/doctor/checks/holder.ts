import { freeingFromLogin } from "../../host/login-console.ts";
import type { ProcessFacts } from "../../host/processes.ts";
import { type Finding, fault, ok, unknown } from "../finding.ts";

export interface HolderFacts {
  readonly device: string;
  readonly configFile: string;
  /** Our own gateway's word on who has it for a while. */
  readonly released: string | undefined;
  readonly holders: readonly ProcessFacts[];
  /** How many processes hide from us what they have open: those of other users, unless we are root. */
  readonly hiddenCount: number;
}

/** Whether somebody else reads the MCU's words. The lock on a port is advisory: two readers get half of the bytes each. */
export function checkHolders({ device, configFile, released, holders, hiddenCount }: HolderFacts): Finding {
  const id = "port.holder";
  if (released !== undefined) return ok(id, "released", `our own gateway has released ${device} to ${released}`);
  const strangers = holders.filter(({ gatewayConfig }) => gatewayConfig !== configFile);
  const [first] = strangers;
  if (first !== undefined) {
    const names = strangers.map(describeProcess).join(", ");
    return fault(id, "other_program", `${device} is open in ${names}`, stopping(first, device));
  }
  const [own] = holders;
  if (own !== undefined) return ok(id, "own_gateway", `our own gateway (process ${own.pid}) has ${device} open`);
  if (hiddenCount === 0) return ok(id, "free", `no process has ${device} open`);
  const why = `none of this user's processes has ${device} open; ${hiddenCount} processes of other users are hidden`;
  return unknown(id, "not_seen", `not visible: ${why}`, `sudo fuser -v ${device}`);
}

function describeProcess({ pid, name, gatewayConfig }: ProcessFacts): string {
  return gatewayConfig === undefined
    ? `${name} (process ${pid})`
    : `another rrpc-gateway (process ${pid}, configuration ${gatewayConfig})`;
}

function stopping({ pid, name }: ProcessFacts, device: string): string {
  switch (name) {
    case "ModemManager":
      return "sudo systemctl disable --now ModemManager";
    case "brltty":
      return "sudo apt-get remove brltty";
    case "agetty":
      return freeingFromLogin(device);
    default:
      return `end it, or give it another port: ps -fp ${pid}; systemctl status ${pid}`;
  }
}
