/** The rules of a board's `device`; see `rules.ts`. */
import { device } from "./device-options.ts";
import { expectedOf } from "./option.ts";
import type { Rule } from "./rule.ts";

const keys = Object.keys(device.options) as (keyof typeof device.options)[];
const all = keys.map((key) => `device.${key}` as const);

export const deviceRules: readonly Rule[] = [
  {
    at: "device.deviceName",
    reads: all,
    check: ({ device: given }, isGiven) =>
      given?.deviceName === undefined && all.some(isGiven)
        ? { expected: `${expectedOf(device.options.deviceName)}, for the board to have a device`, found: "none" }
        : undefined,
  },
  {
    at: "device.productId",
    reads: ["device.productId", "device.deviceName", "hub.deviceInfoFile"],
    check: ({ device: given, hub }) =>
      given?.deviceName !== undefined && given.productId === undefined && hub.deviceInfoFile === undefined
        ? { expected: expectedOf(device.options.productId), found: "none" }
        : undefined,
  },
  {
    at: "device.absentAfterS",
    reads: ["device.absentAfterS", "device.presence"],
    check: ({ device: given }, isGiven) =>
      given?.presence === "session" && isGiven("device.absentAfterS")
        ? { severity: "warning", expected: "device.presence: board, for it to matter", found: "session" }
        : undefined,
  },
];
