/** What the boards of a file must not have in common, and what each of them must have to itself. */
import { devicePath } from "../host/device-path.ts";
import { subDevicesMax } from "../iot-hub/limits.ts";
import type { BoardSettings } from "./board-options.ts";
import { device } from "./device-options.ts";
import type { Mismatch, Position } from "./findings.ts";
import { repeated } from "./repeated.ts";
import { sameDevices } from "./same-devices.ts";
import type { ReadSettings } from "./settings.ts";

type Problem = Mismatch & Position & { readonly path: string };

/** Of a file that has boards. */
export function comparisons(read: ReadSettings): readonly Problem[] {
  return [portOutside, samePort, tooMany, gatewayTwice, sameDevice, sameTopic].flatMap((compare) => compare(read));
}

/** A port cannot be the default of several boards. */
function portOutside({ settings, isGiven, positionOf }: ReadSettings): readonly Problem[] {
  const [name = ""] = Object.keys(settings.boards);
  const path = "serial.path";
  if (!isGiven(path)) return [];
  const expected = `none outside of the boards, but one in each of them (boards.${name}.${path})`;
  return [{ path, ...positionOf(path), expected, found: "one" }];
}

/** A link may lead to another port when the next adapter is plugged in, for which a service does not stop: only a warning. */
function samePort(read: ReadSettings): readonly Problem[] {
  const ports = ownValues(read, "serial.path", ({ serial }) => serial.path);
  const same = repeated(ports, ({ value }) => value);
  const links = ports.filter((port) => same.every(({ again }) => again !== port));
  const byLink = repeated(links, ({ value }) => devicePath(value));
  const expected = (first: OwnValue<string>) => `another port than that of ${first.board} (line ${first.line})`;
  return [
    ...same.map(({ first, again }) => ({ ...again, expected: expected(first), found: "the same" })),
    ...byLink.map(({ first, again }) => ({
      ...again,
      severity: "warning" as const,
      expected: expected(first),
      found: `now the same: ${devicePath(again.value)}`,
    })),
  ];
}

function tooMany(read: ReadSettings): readonly Problem[] {
  const devices = ownValues(read, "device.deviceName", ({ device: { deviceName } }) => deviceName);
  const next = devices[subDevicesMax];
  if (next === undefined) return [];
  const expected = `at most ${subDevicesMax} boards with a device, because IoT Hub takes no more subscriptions of a gateway`;
  return [{ ...next, expected, found: `${devices.length}` }];
}

/** The gateway's own requests can have one answer. */
function gatewayTwice({ settings, isGiven, isFaulty, positionOf }: ReadSettings): readonly Problem[] {
  const [first, ...others] = Object.keys(settings.boards).filter((name) => {
    const path = `boards.${name}.device`;
    return !isFaulty(path) && Object.keys(device.options).every((key) => !isGiven(`${path}.${key}`));
  });
  return others.map((name) => ({
    path: `boards.${name}`,
    ...positionOf(`boards.${name}`),
    expected: `a device, because ${first} (line ${positionOf(`boards.${first}`).line}) answers for the gateway itself`,
    found: "none",
  }));
}

/** What `hub.deviceInfoFile` says is not known here. */
function sameDevice(read: ReadSettings): readonly Problem[] {
  const { settings, positionOf } = read;
  const devices = ownValues(read, "device.deviceName", ({ device: { productId, deviceName } }) =>
    productId === undefined || deviceName === undefined ? undefined : { productId, deviceName },
  );
  const named = devices.map(({ board, value }) => ({ board, ...value }));
  return sameDevices(settings.hub, named).map(({ board, ...mismatch }) => {
    const path = `boards.${board}.device.deviceName`;
    return { path, ...positionOf(path), ...mismatch };
  });
}

/** Nobody could tell whose an event is, unless the MCU says so. */
function sameTopic(read: ReadSettings): readonly Problem[] {
  const { settings, isGiven, positionOf } = read;
  const shared = settings.events.topic;
  const names = Object.keys(settings.boards);
  const heirs = names.filter((name) => !isGiven(`boards.${name}.events.topic`));
  const expected = "a topic for each board, with {deviceName} in it, because an event does not say whose it is";
  const outside: readonly Problem[] =
    shared === undefined || heirs.length < 2 || namesDevice(shared)
      ? []
      : [
          {
            path: "events.topic",
            ...positionOf("events.topic"),
            severity: "warning",
            expected,
            found: "the same for all",
          },
        ];
  const own = ownValues(read, "events.topic", ({ events: { topic } }) =>
    topic === undefined || namesDevice(topic) ? undefined : topic,
  );
  return [
    ...outside,
    ...repeated(own, ({ value }) => value).map(({ first, again }) => ({
      ...again,
      severity: "warning" as const,
      expected,
      found: `that of ${first.board} (line ${first.line})`,
    })),
  ];
}

const namesDevice = (topic: string): boolean => topic.includes("{deviceName}");

type OwnValue<T> = Position & { readonly board: string; readonly path: string; readonly value: T };

/** What boards say of an option themselves, in the order of the file. */
function ownValues<T>(
  { settings, isGiven, isFaulty, positionOf }: ReadSettings,
  option: string,
  find: (board: BoardSettings) => T | undefined,
): readonly OwnValue<T>[] {
  return Object.entries(settings.boards).flatMap(([board, ofBoard]) => {
    const path = `boards.${board}.${option}`;
    const value = isGiven(path) && !isFaulty(path) ? find(ofBoard) : undefined;
    return value === undefined ? [] : [{ board, path, ...positionOf(path), value }];
  });
}
