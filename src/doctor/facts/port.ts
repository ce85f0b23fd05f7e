import { realpathSync, statSync } from "node:fs";
import { runCommand } from "../../host/command.ts";
import { nodeOf } from "../../host/files.ts";
import { isLoginConsole } from "../../host/login-console.ts";
import { stableNames, usbPorts } from "../../host/serial-ports.ts";
import { hupclIn } from "../../host/tty-tools.ts";
import type { HupclFacts } from "../checks/hangup.ts";
import type { PortFacts } from "../checks/port.ts";

export function portFacts(path: string): PortFacts {
  return { path, device: deviceOf(path), plugged: usbPorts(), stableNames: stableNames() };
}

function deviceOf(path: string): PortFacts["device"] {
  try {
    const device = realpathSync(path);
    const stats = statSync(device);
    const isCharacterDevice = stats.isCharacterDevice();
    return {
      kind: "present",
      path: device,
      node: nodeOf(device, stats),
      isCharacterDevice,
      hasLogin: isLoginConsole(device),
    };
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EACCES"
      ? { kind: "hidden" }
      : { kind: "absent" };
  }
}

/** Whether HUPCL is set; or why that could not be seen. stty(1) opens the port as well, which the gateway does too. */
export async function readHupcl(device: string): Promise<HupclFacts> {
  const result = await runCommand("stty", ["-F", device, "-a"]);
  if (result.kind === "unseen") return result;
  const isSet = hupclIn(result.stdout);
  return isSet === undefined ? { kind: "unseen", why: "stty says nothing of HUPCL" } : { kind: "known", isSet };
}
