import { realpathSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * A USB socket by the kernel's name of what is plugged into it, as `lsusb -t` and the kernel's log have it: 1-1.2 is port 2
 * of the hub that is at 1-1, 1-3 is port 3 of the first bus's own hub. At most 5 hubs are between the machine and a device (USB 2.0, 4.1.1).
 */
export const socketPattern = /^\d{1,3}-\d{1,3}(?:\.\d{1,3}){0,5}$/;

/** Where sysfs is; another folder in tests. */
const sysfs = "/sys";

/** The socket that the adapter behind a tty is in; undefined where it is no USB device, or is not there. */
export function socketOfTty(path: string, root: string = sysfs): string | undefined {
  try {
    const device = realpathSync(join(root, "class/tty", basename(realpathSync(path))));
    return device
      .split("/")
      .reverse()
      .find((name) => socketPattern.test(name));
  } catch {
    return undefined; // It went away meanwhile.
  }
}

/** The folder of a hub's port, whether or not something is plugged in there. */
export function portFolder(socket: string, root: string = sysfs): string {
  const [, hub = "", separator, port = ""] = /^(.*)([-.])(\d+)$/.exec(socket) ?? [];
  // A bus's own hub is usb1, and its interface 1-0:1.0.
  const [interfaceName, hubName] = separator === "-" ? [`${hub}-0:1.0`, `usb${hub}`] : [`${hub}:1.0`, hub];
  return join(root, "bus/usb/devices", interfaceName, `${hubName}-port${port}`);
}

/**
 * The files that switch the power of a socket: 1 is off, 0 is on (Linux 6.0 and later). A USB 3 socket is two ports to the
 * kernel, and has power while either of them is on.
 */
export function switchesOf(socket: string, root: string = sysfs): readonly string[] {
  const port = portFolder(socket, root);
  const folders = [port, join(port, "peer")].map((folder) => {
    try {
      return realpathSync(folder);
    } catch {
      return undefined;
    }
  });
  return folders.filter((folder) => folder !== undefined).map((folder) => join(folder, "disable"));
}
