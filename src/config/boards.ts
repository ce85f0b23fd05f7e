/** From the settings of the boards to what the program gets: their devices with the names and secrets that other files have. */

import { topicBytesMax } from "../iot-hub/limits.ts";
import { soleBoard } from "../runtime/board-name.ts";
import type { BoardConfig, BoardDevice } from "./board-config.ts";
import type { BoardSettings } from "./board-options.ts";
import type { ListedDevice } from "./device-info.ts";
import { device as deviceOptions } from "./device-options.ts";
import { meantHint } from "./nearest.ts";
import { accepts, expectedOf } from "./option.ts";
import type { Settings } from "./options.ts";
import { sameDevices } from "./same-devices.ts";
import { type AddMismatch, readSecretFile } from "./secret-files.ts";
import type { ReadSecrets } from "./secrets.ts";

/**
 * Reads what the boards name, and adds every mismatch; a board that has one may be missing.
 * @param secrets undefined if they could not be read
 */
export function boardsOf(
  settings: Settings,
  secrets: ReadSecrets | undefined,
  add: AddMismatch,
): readonly BoardConfig[] {
  const boards = named(settings).flatMap(({ at, name, board }): readonly BoardConfig[] => {
    const device = deviceOf(at, board, settings.hub, secrets, add);
    if (device === undefined || secrets === undefined) return [];
    const answersFor = device.kind === "gateway" ? secrets.identity : device;
    return [{ ...board, name, device, events: eventsOf(at, board, answersFor, add) }];
  });
  // Without that file all names are in this one, where they have been compared.
  if (settings.hub.deviceInfoFile !== undefined && secrets !== undefined) {
    const devices = boards.flatMap(({ name, device }) =>
      device.kind === "gateway" ? [] : [{ board: name, ...device }],
    );
    for (const { board, ...mismatch } of sameDevices(secrets.identity, devices))
      add(`boards.${board}.device.deviceName`, mismatch);
  }
  return boards;
}

interface Named {
  /** What the paths of its options begin with. */
  readonly at: "" | `boards.${string}.`;
  readonly name: string;
  readonly board: Omit<BoardSettings, "device"> & { readonly device: BoardSettings["device"] | undefined };
}

function named({ boards, serial, rrpc, events }: Settings): readonly Named[] {
  const all = Object.entries(boards).map(([name, board]): Named => ({ at: `boards.${name}.`, name, board }));
  const { path } = serial;
  if (all.length > 0 || path === undefined) return all;
  return [{ at: "", name: soleBoard, board: { device: undefined, serial: { ...serial, path }, rrpc, events } }];
}

function deviceOf(
  at: Named["at"],
  { device }: Named["board"],
  { deviceInfoFile }: Settings["hub"],
  secrets: ReadSecrets | undefined,
  add: AddMismatch,
): BoardDevice | undefined {
  if (at === "" || device?.deviceName === undefined) return { kind: "gateway" };
  const { deviceName, secretFile, presence, absentAfterS } = device;
  const secret =
    secretFile === undefined ? undefined : readSecretFile({ at: `${at}device.secretFile`, path: secretFile }, add);
  const isListed = device.productId === undefined && deviceInfoFile !== undefined && secrets !== undefined;
  const productId = isListed ? listedProduct(at, deviceName, secrets.subDevices, add) : device.productId;
  if (productId === undefined) return undefined;
  return {
    kind: "sub_device",
    productId,
    deviceName,
    secret,
    presence: presence === "session" ? { kind: "session" } : { kind: "board", afterMs: absentAfterS * 1000 },
  };
}

/** The product of a sub-device that `device_info.json` lists. */
function listedProduct(
  at: `boards.${string}.`,
  name: string,
  subDevices: readonly ListedDevice[],
  add: AddMismatch,
): string | undefined {
  const listed = subDevices.filter((one) => one.deviceName === name);
  const [first] = listed;
  if (first === undefined) {
    const names = subDevices.map((one) => one.deviceName);
    const hint = meantHint(name, names);
    add(`${at}device.deviceName`, {
      expected: `a sub-device that hub.deviceInfoFile lists, or its device.productId${hint}`,
      found: names.length === 0 ? "a file that lists none" : "one that it does not list",
    });
    return undefined;
  }
  if (listed.length > 1) {
    const expected = `one, because hub.deviceInfoFile lists ${listed.length} sub-devices of this name`;
    add(`${at}device.productId`, { expected, found: "none" });
    return undefined;
  }
  const { productId } = deviceOptions.options;
  if (accepts(productId, first.productId)) return first.productId;
  const expected = `a device_info.json whose sub_productId of this sub-device is ${expectedOf(productId)}`;
  add(`${at}device.deviceName`, { expected, found: "something else" });
  return undefined;
}

/** The topic of events may have the names of the device in it. */
function eventsOf(
  at: Named["at"],
  { events }: Named["board"],
  device: ListedDevice,
  add: AddMismatch,
): BoardConfig["events"] {
  if (events.topic === undefined) return events;
  const topic = events.topic.replaceAll("{productId}", device.productId).replaceAll("{deviceName}", device.deviceName);
  const byteCount = Buffer.byteLength(topic);
  if (byteCount > topicBytesMax)
    add(`${at}events.topic`, { expected: `a topic of at most ${topicBytesMax} bytes`, found: `${byteCount} bytes` });
  return { ...events, topic };
}
