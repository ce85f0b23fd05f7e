import { freeingFromLogin } from "../../host/login-console.ts";
import { describeNode, type FileNode, may, rights, type UserIdentity } from "../../host/rights.ts";
import { isStableName, type StableName, ttyClassOf } from "../../host/serial-ports.ts";
import { allowsDevice, type Unit } from "../../host/unit.ts";
import { type Finding, fault, ok, unknown, warning } from "../finding.ts";

/** The serial port as the system shows it. */
export interface PortFacts {
  /** As configured. */
  readonly path: string;
  /** What the path leads to. Absent: nothing is there; hidden: a folder on the way is closed to us. */
  readonly device: Device | { readonly kind: "absent" } | { readonly kind: "hidden" };
  /** All USB serial ports that there are, by the best name of each. */
  readonly plugged: readonly string[];
  /** Names of serial ports that outlive a reboot, from /dev/serial and /dev/rrpc, all that there are. */
  readonly stableNames: readonly StableName[];
}

export interface Device {
  readonly kind: "present";
  /** Links resolved: /dev/ttyUSB0. */
  readonly path: string;
  readonly node: FileNode;
  readonly isCharacterDevice: boolean;
  /** Whether the kernel's console, and with it a login prompt, is on it. */
  readonly hasLogin: boolean;
}

/** Whether the port is there, and whether its name will still be its name tomorrow. */
export function checkPortPath({ path, device, plugged, stableNames }: PortFacts): Finding {
  const id = "port.path";
  if (device.kind === "hidden")
    return unknown(id, "not_seen", `not visible: this user may not enter a folder of ${path}`);
  if (device.kind === "absent" && !path.startsWith("/dev/"))
    return fault(
      id,
      "absent",
      `${path} does not exist`,
      "start what makes this link, or set serial.path to a port in /dev",
    );
  if (device.kind === "absent") {
    return plugged.length === 0
      ? fault(
          id,
          "absent",
          `${path} does not exist, and no USB serial adapter is plugged in`,
          "plug the adapter in; lsusb and sudo dmesg -T show whether the kernel sees it",
        )
      : fault(
          id,
          "absent",
          `${path} does not exist; plugged in: ${plugged.join(", ")}`,
          `set serial.path: ${plugged[0]}`,
        );
  }
  if (!device.isCharacterDevice)
    return fault(id, "no_serial_port", `${path} is not a serial port`, "ls -l /dev/serial/by-id lists the USB ones");
  if (path !== device.path) return ok(id, "stable_name", `${path} leads to ${device.path}`);
  if (isStableName(path)) return ok(id, "stable_name", `${path} is there, and its name is stable`);
  const better = stableNames.find((one) => one.device === device.path)?.name;
  const evidence = `${path} is there, but after a restart this name may be another port's: they are numbered in the order of plugging in`;
  return warning(
    id,
    "unstable_name",
    evidence,
    better === undefined ? "a udev rule that gives it a name of its own (SYMLINK+=)" : `set serial.path: ${better}`,
  );
}

/**
 * Whether the service's user may open the port.
 * @param incident why the running gateway has not opened it, by the name that it gives that, if it says so
 */
export function checkPortAccess(
  device: Device,
  user: UserIdentity,
  unit: Unit | undefined,
  incident: string | undefined,
): Finding {
  const id = "port.access";
  const { path, node } = device;
  const is = `${path} is ${describeNode(node)}`;
  if (device.hasLogin)
    return fault(id, "login_console", `${is}, and the kernel's console is on it`, freeingFromLogin(path));
  if (!may(user, rights.readWrite, node)) {
    return fault(id, "closed", `${is}: closed to ${user.name} (${user.source})`, accessHelp(node, user));
  }
  const ttyClass = ttyClassOf(path);
  if (unit !== undefined && unit.name === user.unit && !allowsDevice(unit, path, ttyClass)) {
    const evidence = `${is}, but ${unit.name} has no DeviceAllow= for ${ttyClass}`;
    return fault(
      id,
      "device_not_allowed",
      evidence,
      `sudo systemctl edit ${unit.name}: [Service] DeviceAllow=char-${ttyClass} rw`,
    );
  }
  // The unit lets it, and the kernel does not: systemd asks once which classes there are, and drops those that come later.
  if (unit !== undefined && incident === "device_cgroup") {
    const evidence = `${is}, and ${unit.name} allows ${ttyClass}, but it started before the kernel knew that class, so it may not open the port`;
    return fault(id, "class_loaded_late", evidence, `sudo systemctl restart ${unit.name}`);
  }
  return ok(id, "open", `${is}: ${user.name} may use it (${user.source})`);
}

function accessHelp({ group, mode }: FileNode, { name, unit }: UserIdentity): string {
  if (group === "root" || (mode & 0o060) !== 0o060)
    return 'its group may not use it; a udev rule changes that: SUBSYSTEM=="tty", GROUP="dialout", MODE="0660"';
  return unit === undefined
    ? `sudo usermod -aG ${group} ${name}, then log in again`
    : `sudo systemctl edit ${unit}: [Service] SupplementaryGroups=${group}`;
}
