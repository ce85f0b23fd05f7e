import type { TraceEvent } from "./trace-event.ts";

const kinds = ["request", "response", "line_out", "line_in", "session", "link", "report", "status"] as const;

/** What `--filter` takes, for its help. */
export const filterTerms = `${kinds.join(", ")}, line, error, id=PROCESSID`;

/**
 * Which trace events are shown. `text` has terms with commas between them: an event is shown that is of one of the kinds
 * named and of one of the ids named; of any kind, or any id, where none is named. That something is missing is always shown.
 *
 * @returns undefined where a term is unknown
 */
export function readFilter(text: string): ((event: TraceEvent) => boolean) | undefined {
  const terms = text.split(",").map((term) => term.trim());
  const ids = terms.flatMap((term) => (/^id=./.test(term) ? [term.slice("id=".length)] : []));
  const ofKind = terms.filter((term) => !term.startsWith("id=")).map(kindTest);
  if (terms.includes("id=") || ofKind.includes(undefined)) return undefined;
  return (event) =>
    event.kind === "lost" ||
    event.kind === "gap" ||
    ((ofKind.length === 0 || ofKind.some((test) => test?.(event))) &&
      (ids.length === 0 || ids.includes(idOf(event) ?? "")));
}

function kindTest(term: string): ((event: TraceEvent) => boolean) | undefined {
  if (term === "line") return ({ kind }) => kind === "line_out" || kind === "line_in";
  if (term === "error")
    return (event) => event.kind === "report" && (event.level === "warn" || event.level === "error");
  return kinds.some((kind) => kind === term) ? ({ kind }) => kind === term : undefined;
}

/** The request that an event is of. A line that is not the line protocol's names none. */
function idOf(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case "request":
    case "response":
      return event.processId;
    case "line_out":
    case "line_in":
      return /^[>~<!](.+)/.exec(event.head ?? "")?.[1];
    case "report":
      return "processId" in event.report ? event.report.processId : undefined;
    case "session":
    case "link":
    case "status":
    case "lost":
    case "gap":
      return undefined;
    default:
      return event satisfies never;
  }
}
