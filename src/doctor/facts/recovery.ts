import type { BoardConfig } from "../../config/board-config.ts";
import { runCommand } from "../../host/command.ts";
import { nodeAt } from "../../host/files.ts";
import { socketOfTty, switchesOf } from "../../host/usb-socket.ts";
import type { GpioFacts, UsbPowerFacts } from "../checks/recovery.ts";

/** The USB socket whose power `serial.recovery.usbPower` switches; undefined where that is not configured. */
export function usbPowerFacts({ path, recovery }: BoardConfig["serial"]): UsbPowerFacts | undefined {
  const { usbPower } = recovery;
  if (usbPower === undefined) return undefined;
  const socket = usbPower === "auto" ? socketOfTty(path) : usbPower;
  const files = socket === undefined ? [] : switchesOf(socket);
  return { path, socket, switches: files.map((file) => ({ file, node: nodeAt(file) })) };
}

/** The GPIO chip of `serial.recovery.gpio`; undefined where no line is configured. */
export async function gpioFacts({ recovery: { gpio } }: BoardConfig["serial"]): Promise<GpioFacts | undefined> {
  const { chip, line } = gpio;
  if (line === undefined) return undefined;
  const device = `/dev/${chip}`;
  return { device, line, node: nodeAt(device), version: await runCommand("gpioset", ["--version"]) };
}
