import { printable, seconds } from "../../runtime/text.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";
import type { Meter } from "./meter.ts";

const doctorHint = "rrpc-gateway doctor says what to look at";

export const mcuHello: ReportEntry<ReportOf<"mcu_hello">> = {
  level: () => "info",
  text: ({ text }) => `mcu: ${printable(text)}`,
  incident: "board",
  beginsIncident: false,
};

export const mcuWithoutHello: ReportEntry<ReportOf<"mcu_without_hello">> = {
  level: () => "info",
  text: ({ waitedMs }) =>
    waitedMs === 0
      ? "no hello of the mcu is waited for: served with window 1, no checksums, until it sends one"
      : `mcu has sent no hello within ${waitedMs} ms: served with window 1, no checksums, until it sends one`,
  incident: "board",
  beginsIncident: false,
};

export const mcuVersionUnsupported: ReportEntry<ReportOf<"mcu_version_unsupported">> = {
  level: ({ isSure }) => (isSure ? "error" : "warn"),
  text: ({ version, isSure }) =>
    isSure
      ? `mcu speaks ${printable(version)}, this gateway rrpc/1: its requests are refused`
      : `mcu has said hello as ${printable(version)}, this gateway speaks rrpc/1: it is asked again`,
  key: ({ kind, isSure }) => (isSure ? kind : "mcu_version_doubted"),
  incident: "board",
  beginsIncident: true,
  // It answers, so it is not away, if it was.
  measure({ isSure }, meter) {
    if (isSure) noLongerAway(meter);
  },
};

export const mcuRestarted: ReportEntry<ReportOf<"mcu_restarted">> = {
  level: () => "warn",
  text: ({ inFlightCount }) => `mcu has restarted, ${inFlightCount} commands were in flight`,
  incident: "board",
  beginsIncident: true,
  measure: (_, meter) => meter.count("restarts"),
};

export const mcuDamageReport: ReportEntry<ReportOf<"mcu_damage_report">> = {
  level: () => "warn",
  text: () => "mcu has received a damaged line",
  incident: "board",
  beginsIncident: true,
  measure: (_, meter) => meter.count("damageReports"),
};

export const mcuAway: ReportEntry<ReportOf<"mcu_away">> = {
  level: () => "error",
  text: ({ answersProbes, unansweredCount }) =>
    answersProbes
      ? `mcu is away: it answers probes, but no command (${unansweredCount} in a row); requests are refused; ${doctorHint}`
      : `mcu is away: ${unansweredCount} commands or probes in a row unanswered; requests are refused; ${doctorHint}`,
  incident: "board",
  beginsIncident: true,
  measure({ answersProbes }, meter) {
    meter.count("losses");
    meter.set("mcuUp", 0);
    meter.set("mcuProbesOnly", Number(answersProbes));
  },
};

export const mcuBack: ReportEntry<ReportOf<"mcu_back">> = {
  level: () => "info",
  text: ({ awayMs, rung }) => `mcu answers again after ${seconds(awayMs)}, last tried: ${rung}`,
  incident: "board",
  beginsIncident: false,
  measure({ rung }, meter) {
    meter.count("recoveries", rung);
    noLongerAway(meter);
  },
};

export const mcuUnlinked: ReportEntry<ReportOf<"mcu_unlinked">> = {
  level: () => "debug",
  text: () => "mcu no longer counts as away: its port is closed, and whoever is there afterwards is met anew",
  incident: "board",
  beginsIncident: false,
  measure: (_, meter) => noLongerAway(meter),
};

export const recovering: ReportEntry<ReportOf<"recovering">> = {
  level: ({ rung }) => (rung === "probe" || rung === "resync" ? "debug" : "warn"),
  text: ({ answersProbes, awayMs, rung }) =>
    answersProbes
      ? `mcu has answered probes, but no command, for ${seconds(awayMs)}: trying ${rung}`
      : `mcu has not answered for ${seconds(awayMs)}: trying ${rung}`,
  key: ({ rung }) => `recovering ${rung}`,
  incident: "board",
  beginsIncident: false,
  measure({ rung, answersProbes }, meter) {
    meter.count("attempts", rung);
    meter.set("mcuProbesOnly", Number(answersProbes));
  },
};

function noLongerAway(meter: Meter): void {
  meter.set("mcuUp", 1);
  meter.set("mcuProbesOnly", 0);
}
