import { remoteResponse } from "../remote/answer-schema.ts";

/** What an order to the gateway itself begins with, in the rows that give some; every other request is for a board. */
export const orderPrefix = "gateway:";

export const isOrder = (payload: Buffer): boolean => payload.toString("latin1", 0, orderPrefix.length) === orderPrefix;

/** What the gateway's answer to an order says; no board may ever get one, so that nothing is executed in any case. */
export function meaningOfAnswer(
  response: Buffer,
): "ok" | "wrong" | { readonly name: string; readonly isDenial: boolean } {
  const answer = parse(response.toString());
  if (!remoteResponse.safeParse(answer).success) return "wrong";
  const { error } = answer as { readonly error?: { readonly code: string; readonly reason: string } };
  return error === undefined ? "ok" : { name: `${error.code} ${error.reason}`, isDenial: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
