import type { ReportEntry, ReportOf } from "./entry.ts";

/** What it does is told by whoever does it. */
export const remoteAnswered: ReportEntry<ReportOf<"remote_answered">> = {
  level: () => "info",
  text: ({ order }) => `remote: ${order} is answered`,
  key: ({ order }) => `remote ${order}`,
  incident: undefined,
  beginsIncident: false,
  measure: ({ order }, meter) => meter.count("remoteOrders", order),
};

/** Anybody who may publish to the gateway's device can send thousands of these. */
export const remoteRefused: ReportEntry<ReportOf<"remote_refused">> = {
  level: () => "warn",
  text: ({ order, reason }) => `remote: ${order ?? "a request that is no order"} is refused (${reason})`,
  key: ({ reason }) => `remote refused ${reason}`,
  incident: "callers",
  beginsIncident: false,
  measure: ({ reason }, meter) => meter.count("remoteRefusals", reason),
};
