// What a person orders of a running hub, one line each: what happens in the console, and what shall go wrong.
import { type DeviceName, deviceNameOf } from "./device.ts";
import { operationNames } from "./gateway-message.ts";
import type { Hub } from "./hub.ts";
import { type ResultCode, resultCodes } from "./result-codes.ts";

/** Does what was ordered; throws where a name does not exist. `device` is the one that is meant where none is named. */
export type Order = (hub: Hub, device: DeviceName) => void;

/** What a person has typed: an order, or what is wrong with it. */
export type ReadOrder =
  | { readonly kind: "valid"; readonly order: Order }
  | { readonly kind: "invalid"; readonly problem: string };

interface Word {
  readonly usage: string;
  readonly help: string;
  /** The order for these arguments; undefined if they are not valid. */
  readonly read: (args: readonly string[]) => Order | undefined;
}

/** A word about a sub-device, or nothing but it. */
const aboutSubDevice = (
  name: string,
  help: string,
  order: (hub: Hub, subDevice: DeviceName) => void,
): [string, Word] => [
  name,
  {
    usage: `${name} DEVICE`,
    help,
    read([path, ...rest]) {
      const subDevice = deviceNameOf(path);
      return subDevice === undefined || rest.length > 0 ? undefined : (hub) => order(hub, subDevice);
    },
  },
];

/** A word about a device that connects: the hub's first one, unless another is named. */
const aboutDevice = (name: string, help: string, order: Order): [string, Word] => [
  name,
  {
    usage: `${name} [GATEWAY]`,
    help,
    read([path, ...rest]) {
      const named = deviceNameOf(path);
      if (rest.length > 0 || (path !== undefined && named === undefined)) return undefined;
      return (hub, device) => order(hub, named ?? device);
    },
  },
];

const words = new Map<string, Word>([
  [
    "bind",
    {
      usage: "bind DEVICE [GATEWAY]",
      help: "bind a sub-device to its gateway (default: the first), and tell it so",
      read([path, gatewayPath, ...rest]) {
        const [subDevice, gateway] = [deviceNameOf(path), deviceNameOf(gatewayPath)];
        if (subDevice === undefined || (gatewayPath && !gateway) || rest.length > 0) return undefined;
        return (hub, device) => hub.console.bind(subDevice, gateway ?? device);
      },
    },
  ],
  aboutSubDevice("unbind", "unbind a sub-device, and tell its gateway so", (hub, one) => hub.console.unbind(one)),
  aboutDevice("unbind-all", "unbind all sub-devices of a gateway", (hub, one) => hub.console.unbindAll(one)),
  aboutDevice("search", "tell a gateway to look for sub-devices", (hub, one) => hub.console.searchDevices(one)),
  [
    "answer",
    {
      usage: "answer OPERATION DEVICE CODE|rightly",
      help: `answer ${operationNames.join(", ")} of a sub-device with this code, until told otherwise`,
      read([name, path, code = "", ...rest]) {
        const operation = operationNames.find((one) => one === name);
        const subDevice = deviceNameOf(path);
        const isCode = Object.hasOwn(resultCodes, code);
        if (operation === undefined || subDevice === undefined || rest.length > 0) return undefined;
        if (!isCode && code !== "rightly") return undefined;
        return (hub) => hub.console.answerWith(operation, subDevice, isCode ? (Number(code) as ResultCode) : undefined);
      },
    },
  ],
  aboutSubDevice("withhold", "deny a sub-device's topics to its gateway", (hub, one) =>
    hub.console.withholdTopics(one, true),
  ),
  aboutSubDevice("grant", "allow them again", (hub, one) => hub.console.withholdTopics(one, false)),
  aboutDevice("kick", "end a device's session", (hub, one) => hub.kick(one)),
]);

/** The words and their meaning, for people. */
export const ordersHelp = [
  "DEVICE and GATEWAY are written PRODUCT/NAME; without GATEWAY the hub's first device is meant:",
  ...[...words.values()].map(({ usage, help }) => `  ${usage.padEnd(37)} ${help}`),
];

export function readOrder(line: string): ReadOrder {
  const [name = "", ...args] = line.trim().split(/\s+/);
  const word = words.get(name);
  if (word === undefined) return invalid(`unknown word "${name}"; expected ${[...words.keys()].join(", ")} or help`);
  const order = word.read(args);
  return order === undefined ? invalid(`expected: ${word.usage}   (${word.help})`) : { kind: "valid", order };
}

function invalid(problem: string): ReadOrder {
  return { kind: "invalid", problem };
}
