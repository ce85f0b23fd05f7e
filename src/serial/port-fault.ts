import { freeingFromLogin } from "../host/login-console.ts";
import type { PortWorld } from "./port-world.ts";

/** Why a link ended or never came up. The kind is the contract; message and hint are for people. */
export interface LinkEnd {
  readonly kind:
    | "closed" // we closed it
    | "hung_up" // the device went away while the link was up
    | "no_device"
    | "no_permission"
    | "device_cgroup" // mode and groups are not even asked: systemd's DeviceAllow=, or a container's device list
    | "busy"
    | "not_a_tty"
    | "bad_settings" // the device or its driver refuses baud rate or format
    | "io_error"; // anything else; the system's own text is in the message
  readonly message: string;
  /** What a person can look at or do, if that is known. */
  readonly hint?: string;
}

const busyText = /cannot lock port|resource busy/i;

/** Whether the port is another's, so that `openFault` asks who has it open. */
export function isBusy(errorText: string): boolean {
  return busyText.test(errorText);
}

/**
 * What it means that a port could not be opened.
 *
 * serialport's errors have no code. The texts are its own and strerror(3)'s (glibc, then musl where that differs), or
 * libuv's; Node never sets a locale for strerror, so they are English.
 */
export function openFault(errorText: string, path: string, world: PortWorld): LinkEnd {
  if (isBusy(errorText)) return busy(path, world);
  if (/operation not permitted/i.test(errorText)) return notAllowed(path, world);
  if (/permission denied/i.test(errorText)) return noPermission(path, world);
  if (/no such file or directory|not a directory/i.test(errorText)) return noDevice(path, world);
  if (/no such device/i.test(errorText)) {
    return { ...noDevice(path, world), message: `${path} is there, but no device is behind it` };
  }
  if (/inappropriate ioctl|not a tty|(is|operation on) a directory/i.test(errorText)) {
    return { kind: "not_a_tty", message: `${path} is not a serial port`, hint: otherPorts(world) };
  }
  if (/invalid argument|rate of \d+ is not supported|invalid (data bits|parity|stop bits) setting/i.test(errorText)) {
    return { kind: "bad_settings", message: `${path} does not take these settings: ${errorText}` };
  }
  return { kind: "io_error", message: `${path} cannot be opened: ${errorText}` };
}

/** What it means that reading from or writing to an open port failed. */
export function transferFault(errorText: string, path: string): LinkEnd {
  // "bad file descriptor" is libuv's word for the POLLERR of a tty that was hung up; a USB unplug looks the same.
  return /hung up|bad file descriptor|i\/o error|input\/output error|EIO|ENXIO|ENODEV/i.test(errorText)
    ? { kind: "hung_up", message: `${path} went away` }
    : { kind: "io_error", message: `${path} failed: ${errorText}` };
}

function noDevice(path: string, world: PortWorld): LinkEnd {
  return { kind: "no_device", message: `${path} does not exist`, hint: absenceHint(path, world) };
}

/** A path outside of /dev is a link that a program makes: what is plugged in says nothing of it. */
function absenceHint(path: string, world: PortWorld): string {
  return path.startsWith("/dev/") ? otherPorts(world) : "start the program that makes this link";
}

function otherPorts(world: PortWorld): string {
  const ports = world.otherPorts();
  return ports.length === 0 ? "no USB serial adapter is plugged in" : `plugged in: ${ports.join(", ")}`;
}

function busy(path: string, world: PortWorld): LinkEnd {
  if (world.isOpenHere(path)) {
    const message = `${path} is in use by this process itself, which has ${world.deviceOf(path)} open already`;
    return {
      kind: "busy",
      message,
      hint: "if another board's path leads there too, give each board a port of its own",
    };
  }
  const holders = world.holders(path);
  const by = holders.map(({ pid, name }) => `${name} (process ${pid})`).join(", ");
  return {
    kind: "busy",
    message: `${path} is in use${by === "" ? "" : ` by ${by}`}`,
    hint:
      world.isLoginConsole(path) && (by === "" || holders.some(({ name }) => isLogin(name)))
        ? freeingFromLogin(world.deviceOf(path))
        : by === ""
          ? `\`sudo fuser -v ${path}\` names the process; this one may not see other users' files`
          : "stop that program, or give it another port; the lock is advisory, so each would get some of the bytes",
  };
}

/** agetty(8), busybox getty, and login(1), which it becomes. */
const isLogin = (name: string): boolean => /getty$|^login$/.test(name);

/** EPERM, where a file's mode and groups make EACCES. */
function notAllowed(path: string, world: PortWorld): LinkEnd {
  const { unit } = world.self();
  const message = `${path} is not among the devices that ${unit ?? "this process"} may use`;
  const hint =
    unit === undefined
      ? "in a container: start it with the device (--device), when it is plugged in"
      : "DeviceAllow= has only what the kernel knew when the service started: if the adapter's driver was loaded later, " +
        `\`sudo systemctl restart ${unit}\` helps; else the class is missing: \`systemctl show -p DeviceAllow ${unit}\``;
  return { kind: "device_cgroup", message, hint };
}

function noPermission(path: string, world: PortWorld): LinkEnd {
  const node = world.node(path);
  const self = world.self();
  const who = `user ${self.user} in groups ${self.groups.join(", ")}`;
  if (node === undefined) return { kind: "no_permission", message: `${path} is not accessible to ${who}` };

  const mode = node.mode.toString(8).padStart(4, "0");
  const message = `${path} belongs to ${node.owner}:${node.group} with mode ${mode}; this is ${who}`;
  const isTerminal = /^\/dev\/pts\//.test(world.deviceOf(path));
  const hint =
    !isTerminal && (hasLogin(node) || world.isLoginConsole(path))
      ? freeingFromLogin(world.deviceOf(path))
      : permissionHint(path, node, self);
  return { kind: "no_permission", message, hint };
}

/** agetty(8) gives its terminal to root and the group tty, who may only write to it. */
function hasLogin({ group, mode }: { readonly group: string; readonly mode: number }): boolean {
  return group === "tty" || mode === 0o620;
}

/** What a user namespace (PrivateUsers=) shows of groups other than our own: /proc/sys/kernel/overflowgid. */
const unseenGroups: readonly string[] = ["nogroup", "nobody", "65534"];

function permissionHint(
  path: string,
  node: { group: string; mode: number },
  self: { user: string; groups: readonly string[] },
): string {
  if (unseenGroups.includes(node.group)) {
    return (
      `its group is the cause, and this service does not see which it is (PrivateUsers=): \`stat -c %G ${path}\` names it, ` +
      "SupplementaryGroups= in the service adds it"
    );
  }
  const readWrite = 0o060;
  if (node.group === "root" || (node.mode & readWrite) !== readWrite) {
    return 'its group may not use it; a udev rule can change that: GROUP="dialout", MODE="0660"';
  }
  if (self.groups.includes(node.group)) {
    return "the mode would allow it: look for an access control list (getfacl), or for what AppArmor says in the kernel's log";
  }
  return `\`sudo usermod -aG ${node.group} ${self.user}\` and log in again, or SupplementaryGroups=${node.group} in the service`;
}
