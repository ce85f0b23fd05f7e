import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../../host/attempt.ts";
import { isLoginConsole } from "../../serial/login-console.ts";
import { otherPorts } from "../../serial/port-world.ts";
import { isOnBoard, type PortFacts, type StableName, ttyClassOf } from "../checks/port.ts";
import { type CommandResult, runCommand } from "./command.ts";
import { nodeOf } from "./files.ts";

/** Best first: udev's name by the adapter's serial number, ours, and the name by the USB socket. */
const stableFolders = ["/dev/serial/by-id", "/dev/rrpc", "/dev/serial/by-path"] as const;

export function portFacts(path: string): PortFacts {
  return { path, device: deviceOf(path), plugged: otherPorts(), stableNames: stableFolders.flatMap(namesIn) };
}

function deviceOf(path: string): PortFacts["device"] {
  try {
    const device = realpathSync(path);
    const stats = statSync(device);
    const isCharacterDevice = stats.isCharacterDevice();
    return { path: device, node: nodeOf(device, stats), isCharacterDevice, hasLogin: isLoginConsole(device) };
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EACCES" ? "hidden" : "absent";
  }
}

function namesIn(folder: string): readonly StableName[] {
  return (attempt(() => readdirSync(folder)) ?? []).flatMap((entry) => {
    const name = join(folder, entry);
    const device = attempt(() => realpathSync(name));
    return device === undefined ? [] : [{ name, device }];
  });
}

/** Whether ModemManager or brltty can take the port for theirs. */
export function isUsbPort(device: string): boolean {
  return !isOnBoard(device) && ttyClassOf(device) !== "pts";
}

/** Whether HUPCL is set. stty(1) opens the port as well, which the gateway does too. */
export async function readHupcl(device: string): Promise<boolean | { readonly unseen: string }> {
  const result = await runCommand("stty", ["-F", device, "-a"]);
  return hupclIn(result);
}

/** Reads what `stty -a` prints. */
export function hupclIn(result: CommandResult): boolean | { readonly unseen: string } {
  if ("unseen" in result) return result;
  const [, minus] = /(?:^|\s)(-?)hupcl(?:\s|;|$)/.exec(result.stdout) ?? [];
  return minus === undefined ? { unseen: "stty says nothing of HUPCL" } : minus === "";
}
