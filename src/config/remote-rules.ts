/** The rules of `remote`; see `rules.ts`. */
import type { Rule } from "./rule.ts";

export const remoteRules: readonly Rule[] = [
  {
    at: "remote.prefix",
    reads: ["remote.allow", "remote.prefix", "device.deviceName"],
    check: ({ remote: { allow = [], prefix }, device }) =>
      allow.length > 0 && prefix === undefined && device?.deviceName === undefined
        ? {
            expected: "what orders begin with, such as gateway:, because a board answers for the gateway's own device",
            found: "none",
          }
        : undefined,
  },
  {
    at: "remote.prefix",
    reads: ["remote.allow", "remote.prefix"],
    check: ({ remote: { allow = [], prefix } }) =>
      allow.length === 0 && prefix !== undefined
        ? { severity: "warning", expected: "remote.allow, for there to be orders", found: "none" }
        : undefined,
  },
];
