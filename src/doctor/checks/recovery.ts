import type { CommandResult } from "../../host/command.ts";
import { describeNode, type FileNode, may, rights, type UserIdentity } from "../../host/rights.ts";
import { allowsDevice, type Unit } from "../../host/unit.ts";
import { type Finding, ok, unknown, warning } from "../finding.ts";

/** The socket whose power is to be switched. */
export interface UsbPowerFacts {
  /** The serial port. */
  readonly path: string;
  /** Undefined where it is the adapter's and that is not there, or is none. */
  readonly socket: string | undefined;
  /** The files that switch it, one or two; empty where there is no such socket. */
  readonly switches: readonly { readonly file: string; readonly node: FileNode | undefined }[];
}

/** The GPIO line that resets the board. */
export interface GpioFacts {
  readonly device: string;
  readonly line: number;
  /** Undefined where there is no such chip. */
  readonly node: FileNode | undefined;
  /** What `gpioset --version` says. */
  readonly version: CommandResult;
}

const page = "docs/recovery.md has the commands";

/** Whether the service may switch the power of the socket. Whether the hub then takes it away cannot be seen from here. */
export function checkUsbPower(facts: UsbPowerFacts, user: UserIdentity, unit: Unit | undefined): Finding {
  const id = "recovery.usb-power";
  const { path, socket, switches } = facts;
  if (socket === undefined) {
    return unknown(
      id,
      "not_seen",
      `not visible: there is no USB adapter at ${path}`,
      "plug it in, or name its socket: serial.recovery.usbPower: 1-1.2",
    );
  }
  if (switches.length === 0) {
    return warning(
      id,
      "no_socket",
      `there is no USB socket ${socket}`,
      "lsusb -t shows the hubs; dmesg names the socket of what is plugged in",
    );
  }
  for (const { file, node } of switches) {
    if (node === undefined)
      return warning(
        id,
        "no_switch",
        `${file} does not exist`,
        "Linux 6.0 or later is needed: otherwise use serial.recovery.gpio, or a command",
      );
    if (!may(user, rights.readWrite, node)) {
      const evidence = `${file} is ${describeNode(node)}: closed to ${user.name} (${user.source})`;
      return warning(id, "closed", evidence, `install the udev rule usb-power.rules: ${page}`);
    }
  }
  if (unit !== undefined && unit.name === user.unit && !unit.canWriteSys) {
    return warning(
      id,
      "read_only_sys",
      `${unit.name} has a read-only /sys`,
      `install the drop-in usb-power.conf: ${page}`,
    );
  }
  return ok(
    id,
    "usable",
    `${user.name} may switch USB socket ${socket}; only a test shows whether its hub then really cuts the power`,
  );
}

/** Whether the service may pulse the line, and has the tool for it. */
export function checkGpio(
  { device, line, node, version }: GpioFacts,
  user: UserIdentity,
  unit: Unit | undefined,
): Finding {
  const id = "recovery.gpio";
  if (node === undefined)
    return warning(
      id,
      "no_chip",
      `${device} does not exist`,
      "gpiodetect lists the GPIO chips: serial.recovery.gpio.chip",
    );
  if (version.kind === "unseen")
    return warning(id, "no_gpioset", `gpioset cannot be asked: ${version.why}`, "sudo apt install gpiod");
  const [, major = "?"] = / v(\d+)\./.exec(version.stdout) ?? [];
  if (!["1", "2"].includes(major))
    return warning(id, "other_gpioset", "gpioset is neither version 1 nor version 2", "sudo apt install gpiod");
  if (!may(user, rights.readWrite, node)) {
    const evidence = `${device} is ${describeNode(node)}: closed to ${user.name} (${user.source})`;
    const help = node.group === "root" ? "the udev rule gpio.rules and the drop-in gpio.conf" : "the drop-in gpio.conf";
    return warning(id, "closed", evidence, `install ${help}: ${page}`);
  }
  if (unit !== undefined && unit.name === user.unit && !allowsDevice(unit, device, "gpiochip")) {
    return warning(
      id,
      "device_not_allowed",
      `${unit.name} has no DeviceAllow= for GPIO chips`,
      `install the drop-in gpio.conf: ${page}`,
    );
  }
  return ok(id, "usable", `${user.name} may use line ${line} of ${device}, by gpioset of version ${major}`);
}
