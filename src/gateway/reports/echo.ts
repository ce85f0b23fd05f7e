import type { EchoFinding } from "../../core/echo.ts";
import type { Level } from "../../runtime/logger.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";

type Echo = ReportOf<"echo">;

/** Findings about an echo on the serial line. */
export const echo: Readonly<Record<EchoFinding, ReportEntry<Echo>>> = {
  heard: {
    ...echoEntry("info", "what is written to the serial port comes back: such lines are dropped as echoed_line"),
    beginsIncident: false,
  },
  missing: echoEntry(
    "warn",
    "what was written to the serial port has not come back, though serial.echo is always (in dialect template no answer counts before its echo)",
  ),
  prompted: echoEntry(
    "info",
    "what is written to the serial port comes back behind a prompt: serial.prompt takes it off, of answers too",
  ),
  torn: echoEntry(
    "warn",
    "what is written to the serial port comes back in pieces, as consoles do it that wrap their lines: set serial.echo: always. " +
      "A device that answers with the beginning of its command needs serial.echo: never",
  ),
  alone: echoEntry(
    "warn",
    "what is sent comes back, and nobody else answers: is TX joined to RX? " +
      "A device that answers with the words of its command needs serial.echo: never",
  ),
};

function echoEntry(level: Level, text: string): ReportEntry<Echo> {
  return {
    level: () => level,
    text: () => text,
    key: ({ finding }) => `echo ${finding}`,
    incident: undefined,
    beginsIncident: true,
  };
}
