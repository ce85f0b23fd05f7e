import type { Sight } from "./sight.ts";

const kinds = ["request", "response", "line_out", "line_in", "session", "link", "report", "status"] as const;

/** What `--filter` takes, for its help. */
export const filterTerms = `${kinds.join(", ")}, line, error, id=PROCESSID`;

/**
 * Which sights are shown. `text` has terms with commas between them: a sight is shown that is of one of the kinds named,
 * and of one of the ids named; of any kind, or any id, where none is. That something is missing is always shown.
 *
 * @returns undefined where a term is none
 */
export function readFilter(text: string): ((sight: Sight) => boolean) | undefined {
  const terms = text.split(",").map((term) => term.trim());
  const ids = terms.flatMap((term) => (/^id=./.test(term) ? [term.slice("id=".length)] : []));
  const ofKind = terms.filter((term) => !term.startsWith("id=")).map(kindTest);
  if (terms.includes("id=") || ofKind.includes(undefined)) return undefined;
  return (sight) =>
    sight.kind === "lost" ||
    sight.kind === "gap" ||
    ((ofKind.length === 0 || ofKind.some((test) => test?.(sight))) &&
      (ids.length === 0 || ids.includes(idOf(sight) ?? "")));
}

function kindTest(term: string): ((sight: Sight) => boolean) | undefined {
  if (term === "line") return ({ kind }) => kind === "line_out" || kind === "line_in";
  if (term === "error")
    return (sight) => sight.kind === "report" && (sight.level === "warn" || sight.level === "error");
  return kinds.some((kind) => kind === term) ? ({ kind }) => kind === term : undefined;
}

/** The request that a sight is of. A line that is not the line protocol's names none. */
function idOf(sight: Sight): string | undefined {
  switch (sight.kind) {
    case "request":
    case "response":
      return sight.processId;
    case "line_out":
    case "line_in":
      return /^[>~<!](.+)/.exec(sight.head ?? "")?.[1];
    case "report":
      return "processId" in sight.report ? sight.report.processId : undefined;
    case "session":
    case "link":
    case "status":
    case "lost":
    case "gap":
      return undefined;
    default:
      return sight satisfies never;
  }
}
