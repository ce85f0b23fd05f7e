import type { BoardDownReason, HubDropName, Observation } from "../../../src/gateway/boundary.ts";
import { everyReport } from "../../gateway/every-report.ts";

/** Each reason why a board is offline. */
export const offlineReasons: readonly BoardDownReason[] = [
  { kind: "no_answer", operation: "subscribe" },
  { kind: "refused", operation: "bind", code: 803 },
  { kind: "not_permitted" },
  { kind: "not_a_gateway" },
  { kind: "unbound" },
  { kind: "absent" },
];

/** One of everything that can pass through a gateway, of one board. */
export function everyObservation(board: string): readonly Observation[] {
  const bytes = Buffer.from("<7 x");
  return [
    { kind: "session", isUp: true },
    { kind: "link", board, isUp: true },
    ...offlineReasons.map((reason) => ({ kind: "online", board, isUp: false, reason }) as const),
    { kind: "online", board, isUp: true },
    { kind: "request", board, processId: "7", payload: bytes },
    { kind: "line_out", board, bytes },
    { kind: "line_in", board, bytes },
    { kind: "response", board, processId: "7", payload: bytes },
    ...everyReport.map((report) => ({ kind: "report", board, report }) as const),
    { kind: "link", board, isUp: false },
    { kind: "session", isUp: false },
  ];
}

const hubDrops = {
  retained_request: 0,
  foreign_topic: 0,
  session_over: 0,
  unknown_device: 0,
  unknown_hub_message: 0,
  malformed_hub_message: 0,
  unsent_operation: 0,
  unpublished_event: 0,
} satisfies Record<HubDropName, 0>;

/** Reports that can belong to no board: what the hub sends with a topic that tells none, and orders that are about none. */
export const observationsOfNoBoard: readonly Observation[] = [
  ...(Object.keys(hubDrops) as HubDropName[]).map((name) => ({ kind: "dropped", name }) as const),
  ...everyReport.filter(({ kind }) => kind === "remote_answered" || kind === "remote_refused"),
].map((report) => ({ kind: "report", board: undefined, report }));
