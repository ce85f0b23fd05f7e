import type { TraceEvent } from "./trace-event.ts";

const kinds = ["request", "response", "line_out", "line_in", "session", "link", "online", "report", "status"] as const;

/** What `--filter` takes, for its help. */
export const filterTerms = `${kinds.join(", ")}, line, error, id=PROCESSID, board=NAME`;

/**
 * Which trace events are shown. `text` has terms with commas between them: an event is shown that is of one of the kinds, of
 * one of the ids and of one of the boards named; of any kind, id or board where none is named. What belongs to no board passes for
 * each of them, and that something is missing is always shown.
 *
 * @returns undefined where a term is unknown
 */
export function readFilter(text: string): ((event: TraceEvent) => boolean) | undefined {
  const terms = text.split(",").map((term) => term.trim());
  const valuesOf = (name: string) =>
    terms.flatMap((term) => (term.startsWith(`${name}=`) ? [term.slice(name.length + 1)] : []));
  const [ids, boards] = [valuesOf("id"), valuesOf("board")];
  const ofKind = terms.filter((term) => !/^(id|board)=/.test(term)).map(kindTest);
  if ([...ids, ...boards].includes("") || ofKind.includes(undefined)) return undefined;
  return (event) =>
    event.kind === "lost" ||
    event.kind === "gap" ||
    ((ofKind.length === 0 || ofKind.some((test) => test?.(event))) &&
      (ids.length === 0 || ids.includes(idOf(event) ?? "")) &&
      (boards.length === 0 || event.board === undefined || boards.includes(event.board)));
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
    case "online":
    case "status":
    case "lost":
    case "gap":
      return undefined;
    default:
      return event satisfies never;
  }
}
