import { releaseMsMax } from "../observe/socket-protocol.ts";
import { unescapePayload } from "../protocol/escape.ts";
import { readDuration } from "../runtime/duration.ts";

const releaseMs = 600_000;

/** What a typed line means. */
export type Entry =
  /** A request to the board. */
  | { readonly kind: "payload"; readonly bytes: Buffer }
  /** A line as it is to be on the wire, but for its checksum and its end. */
  | { readonly kind: "line"; readonly bytes: Buffer }
  /** Bytes as they are to be on the wire. */
  | { readonly kind: "raw"; readonly bytes: Buffer }
  | { readonly kind: "release" | "wait"; readonly forMs: number }
  | { readonly kind: "probe" | "return" | "help" | "quit" | "nothing" }
  | { readonly kind: "wrong"; readonly problem: string };

type Help = readonly (readonly [typed: string, does: string])[];

/**
 * What can be typed, for the help: with what it does.
 * @param hasLender whether there is a gateway that gives its port away
 */
export function entryHelp(hasLender: boolean): Help {
  return hasLender ? allHelp : allHelp.filter(([typed]) => !/^\/re(lease|turn)/.test(typed));
}

const allHelp: Help = [
  ["TEXT", "send it as a payload: id and checksum are added, the answer is matched and timed"],
  ["/probe", "ask the board who it is"],
  ["/line TEXT", "write this line: a checksum is added if the board wants them, and LF"],
  ["/raw TEXT", "write these bytes, and nothing else"],
  ["/release [TIME]", "have the running gateway give this console the port, for 10m unless told otherwise"],
  ["/return", "give it back"],
  ["/wait TIME", "in a script: take the next line only then"],
  ["/help", "this list"],
  ["/quit", "leave, as Ctrl-C and Ctrl-D do"],
  ["//TEXT", "a payload that begins with a slash"],
  ["\\n \\r \\xHH \\\\", "in a payload and in /raw: LF, CR, a byte, a backslash"],
];

/** Reads what was typed. */
export function readEntry(text: string): Entry {
  if (text.trim() === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return unescaped("payload", text);
  if (text.startsWith("//")) return unescaped("payload", text.slice(1));
  const [, word = "", rest = ""] = /^\/(\S*) ?(.*)$/s.exec(text) ?? [];
  switch (word) {
    case "line":
      return rest === "" ? missing(word) : { kind: "line", bytes: Buffer.from(rest) };
    case "raw":
      return rest === "" ? missing(word) : unescaped("raw", rest);
    case "release":
      return rest.trim() === "" ? { kind: word, forMs: releaseMs } : timed(word, rest);
    case "wait":
      return timed(word, rest);
    case "probe":
    case "return":
    case "help":
    case "quit":
      return rest.trim() === "" ? { kind: word } : { kind: "wrong", problem: `/${word} takes nothing behind it` };
    default:
      return {
        kind: "wrong",
        problem: `/${word} is none of the words that /help lists; a payload that begins with a slash is typed with two`,
      };
  }
}

function unescaped(kind: "payload" | "raw", text: string): Entry {
  const bytes = unescapePayload(Buffer.from(text));
  if (bytes !== undefined) return { kind, bytes };
  return { kind: "wrong", problem: "a backslash is followed by n, r, xHH or another backslash" };
}

function timed(kind: "release" | "wait", text: string): Entry {
  const forMs = readDuration(text.trim());
  if (forMs !== undefined && forMs <= releaseMsMax) return { kind, forMs };
  return { kind: "wrong", problem: `/${kind} takes a time such as 90s, 10m or 2h, at most 24h` };
}

function missing(word: string): Entry {
  return { kind: "wrong", problem: `/${word} needs what is to be written behind it` };
}
