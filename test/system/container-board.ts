import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Hub } from "../../src/lab/hub/hub.ts";
import type { Watch } from "../support/watch.ts";
import type { Container } from "./systemd-container.ts";

type Device = Parameters<Hub["call"]>[0];

/**
 * Starts a virtual MCU in `container` by the program that is installed there, on a tty that is `link`, as udev would hand
 * it out. The function pulls its cable.
 */
export async function plugBoardInto(container: Container, link: string, watch: Watch): Promise<() => Promise<void>> {
  const board = container.start("sh", "-c", "echo $$; exec rrpc-gateway mcu");
  const said: string[] = [];
  if (board.stdout === null) throw new Error("no stdout");
  createInterface({ input: board.stdout }).on("line", (line) => {
    said.push(line);
    watch.changed();
  });
  const [, tty] = await watch.until("a board", () =>
    said.map((line) => /^listening tty=(\S+)/.exec(line)).find((match) => match !== null),
  );
  await container.run("chgrp", "dialout", tty ?? "");
  await container.run("chmod", "660", tty ?? "");
  // Last: the gateway opens it as soon as it is there.
  await container.run("ln", "-sfn", tty ?? "", link);
  return async () => {
    const gone = once(board, "exit");
    await container.run("kill", "-TERM", said[0] ?? "");
    await gone;
  };
}

/** The board's answer to one call, or the hub's code for why there is none. */
export async function callDevice(hub: Hub, device: Device, payload: string): Promise<string> {
  const result = await hub.call(device, payload);
  return result.kind === "answered" ? result.payload.toString() : result.code;
}

/** Calls until the board has answered once: right after a start its tty may not be open, nor its hello heard. */
export async function untilDeviceServed(hub: Hub, device: Device, watch: Watch): Promise<void> {
  const asking = setInterval(() => watch.changed(), 200);
  let served = false;
  try {
    await watch.until(`service for ${device.deviceName}`, () => {
      void callDevice(hub, device, "ping").then((answer) => {
        served ||= answer === "ping";
      });
      return served;
    });
  } finally {
    clearInterval(asking);
  }
}
