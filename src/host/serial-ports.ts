import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "./attempt.ts";

/** A name that a port keeps when the machine starts again, and the device that it leads to. */
export interface StableName {
  readonly name: string;
  readonly device: string;
}

/** Best first: udev's name by the adapter's serial number, ours, and the name by the USB socket. */
const stableFolders = ["/dev/serial/by-id", "/dev/rrpc", "/dev/serial/by-path"] as const;

/** All stable names of serial ports that there are. */
export function stableNames(): readonly StableName[] {
  return stableFolders.flatMap((folder) =>
    list(folder).flatMap((entry) => {
      const name = join(folder, entry);
      const device = attempt(() => realpathSync(name));
      return device === undefined ? [] : [{ name, device }];
    }),
  );
}

/** The USB serial ports that are plugged in, by the best name of each. */
export function usbPorts(): readonly string[] {
  const devices = list("/dev").filter((name) => /^tty(USB|ACM)\d+$/.test(name));
  return distinctPorts([
    ...stableNames(),
    ...devices.map((name) => ({ name: `/dev/${name}`, device: `/dev/${name}` })),
  ]);
}

/** The first name of each device. */
export function distinctPorts(names: readonly StableName[]): readonly string[] {
  const byDevice = new Map<string, string>();
  for (const { name, device } of names) if (!byDevice.has(device)) byDevice.set(device, name);
  return [...byDevice.values()];
}

/** USB adapters and boards, and UARTs of machines; not terminals. */
const serialClasses = /^tty(USB|ACM|AMA|S|mxc|LP|THS|O|STM|PS|UL|AML|MSM|SAC|AT|SC|MAX|SIF)\d+$/;

/** Every serial port of this machine, such as /dev/ttyS0, in the order of their numbers. */
export function serialDevices(): readonly string[] {
  return list("/dev")
    .filter((name) => serialClasses.test(name) && isUart(name))
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .map((name) => `/dev/${name}`);
}

/** A kernel makes as many ttyS as it might have; what is no UART has the type 0. */
function isUart(name: string): boolean {
  return attempt(() => readFileSync(`/sys/class/tty/${name}/type`, "utf8").trim()) !== "0";
}

/** ttyUSB of /dev/ttyUSB0; pts of /dev/pts/3. */
export function ttyClassOf(device: string): string {
  return device.startsWith("/dev/pts/") ? "pts" : (/([^/]*?)\d*$/.exec(device)?.[1] ?? "");
}

/** UARTs that are part of the board: no adapter, and as a rule no DTR that is wired to a reset. */
export function isOnBoard(device: string): boolean {
  return ["ttyS", "ttyAMA", "ttymxc", "ttyTHS"].includes(ttyClassOf(device));
}

/** Neither a UART of the board's own nor a pseudo-terminal. */
export function isUsbPort(device: string): boolean {
  return !isOnBoard(device) && ttyClassOf(device) !== "pts";
}

/** Classes whose numbers are given out in the order of plugging in. */
const numberedAnew = new Set(["ttyUSB", "ttyACM", "pts"]);

/** Whether this path leads to the same port when the machine has started again. */
export function isStableName(path: string): boolean {
  return !numberedAnew.has(ttyClassOf(path));
}

function list(folder: string): readonly string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}
