/** What the gateway itself may be asked from the cloud; see `options.ts`. */
import { operations } from "../remote/order.ts";
import type { Group } from "./option.ts";

export const remote = {
  kind: "group",
  doc: "What the gateway itself may be asked from the cloud, by requests to its own device.",
  options: {
    allow: {
      kind: "choices",
      choices: operations,
      example: ["status", "boards", "probe"],
      doc: "Orders that the gateway carries out; without it none, and it does not listen to any.",
    },
    prefix: {
      kind: "text",
      pattern: /^[!-~]{1,32}$/,
      expected: "1 to 32 ASCII characters without spaces",
      example: "gateway:",
      doc: "What a request to the gateway's own device begins with if it is an order; needed where a board answers for that device, which gets the other requests.",
    },
    perMinuteMax: {
      kind: "whole",
      min: 1,
      max: 600, // half of what the hub takes of one session, for the boards' responses
      default: 30,
      doc: "How many orders are carried out in a minute; the next one is refused.",
    },
  },
} as const satisfies Group;
