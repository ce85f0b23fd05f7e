import { seconds } from "../../runtime/text.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";

export const boardReleased: ReportEntry<ReportOf<"board_released">> = {
  level: () => "info",
  text: () => "released: requests are refused until the port is taken back",
  incident: undefined,
  beginsIncident: false,
  measure: (_, meter) => meter.set("released", 1),
};

export const boardTakenBack: ReportEntry<ReportOf<"board_taken_back">> = {
  level: () => "info",
  text: ({ releasedMs }) => `taken back after ${seconds(releasedMs)}`,
  incident: undefined,
  beginsIncident: false,
  measure: (_, meter) => meter.set("released", 0),
};
