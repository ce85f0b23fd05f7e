/** Answers as JSON within the size of a response: what does not fit is left out whole, and counted by its name. Pure. */
import { answerVersion, type LeftOut, type RemoteResult } from "./answer.ts";

/** A list that can be made shorter, and which end of it matters more. */
interface List {
  readonly name: keyof LeftOut;
  readonly items: readonly unknown[];
  readonly keeps: "first" | "last";
}

/** @param bytesMax of what is not in a list, an answer has 8 KB at most */
export function encodeAnswer(result: RemoteResult, bytesMax: number): Buffer {
  const whole = jsonOf(result);
  const list = listOf(result);
  if (list === undefined || whole.length <= bytesMax) return whole;
  const { name, items, keeps } = list;
  const shortened = (count: number): RemoteResult => {
    const kept = keeps === "first" ? items.slice(0, count) : items.slice(items.length - count);
    return withList(result, kept, { [name]: items.length - count });
  };
  // Each item with the comma behind it.
  let room = bytesMax - jsonOf(shortened(0)).length;
  let count = 0;
  for (const item of keeps === "first" ? items : [...items].reverse()) {
    room -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (room < 0) break;
    count += 1;
  }
  return jsonOf(shortened(count));
}

const jsonOf = (result: RemoteResult) => Buffer.from(JSON.stringify({ remote: answerVersion, ...result }));

function listOf(result: RemoteResult): List | undefined {
  switch (result.operation) {
    case "status":
      return { name: "boards", items: result.status.boards, keeps: "first" };
    case "boards":
      return { name: "boards", items: result.boards, keeps: "first" };
    case "dump":
      return { name: "events", items: result.events, keeps: "last" };
    case "doctor":
    case "reload":
      return "findings" in result ? { name: "findings", items: result.findings, keeps: "first" } : undefined;
    default:
      return undefined;
  }
}

/** The same result with `items` of what its list has. */
function withList(result: RemoteResult, items: readonly unknown[], leftOut: LeftOut): RemoteResult {
  switch (result.operation) {
    case "status":
      return { ...result, status: { ...result.status, boards: items as typeof result.status.boards }, leftOut };
    case "boards":
      return { ...result, boards: items as typeof result.boards, leftOut };
    case "dump":
      return { ...result, events: items as typeof result.events, leftOut };
    default:
      return { ...result, findings: items, leftOut } as RemoteResult;
  }
}
