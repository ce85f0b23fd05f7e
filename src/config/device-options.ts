/** The device that a board answers for, and what names a device. */
import type { Group } from "./option.ts";

export const productId = { kind: "text", pattern: /^[0-9A-Za-z]{10}$/, expected: "10 letters or digits" } as const;

export const deviceName = {
  kind: "text",
  pattern: /^[0-9A-Za-z_:-]{1,48}$/,
  expected: "1 to 48 of letters, digits, _, : and -",
} as const;

/** Of a board: a sub-device of the gateway. */
export const device = {
  kind: "group",
  doc: "The sub-device that the board answers for. Without it the board answers for the gateway itself, as at most one can.",
  options: {
    productId: {
      ...productId,
      example: "SUBPRODUCT",
      doc: "Product ID of the sub-device; not needed where `hub.deviceInfoFile` lists the sub-device.",
    },
    deviceName: { ...deviceName, example: "sub01", doc: "Device name of the sub-device." },
    secretFile: {
      kind: "path",
      example: "sub01-secret",
      doc: "File that holds the sub-device's secret and nothing else (mode 0600): it binds the sub-device to the gateway where it is not bound yet. Not needed where it is bound in the console.",
    },
    presence: {
      kind: "choice",
      values: ["session", "board"],
      default: "session",
      doc: "When the sub-device is online at the hub: while the gateway's `session` is up, or only while its `board` serves as well, so that callers get `DeviceOffline` at once.",
    },
    absentAfterS: {
      kind: "whole",
      // A reset or a replugged cable takes seconds, and each change costs messages and an entry in the console's log.
      min: 10,
      max: 86_400,
      unit: "s",
      default: 60,
      doc: "With `presence: board`: how long the board may be away before its device is reported offline.",
    },
  },
} as const satisfies Group;
