import { isId } from "./id.ts";
import type { McuLine } from "./mcu-line.ts";
import type { LineGroups, LinePattern } from "./template-pattern.ts";
import type { PayloadCodec } from "./template-payload.ts";

/** What is understood of the MCU's lines; a pattern is undefined where the firmware has no such lines. */
export interface TemplatePatterns {
  readonly log: LinePattern | undefined;
  readonly hello: LinePattern | undefined;
  readonly refusal: LinePattern | undefined;
  readonly reply: LinePattern | undefined;
  readonly data: LinePattern | undefined;
}

type ReadGroups = (groups: LineGroups, bytes: Buffer) => McuLine;

/**
 * Reads framed lines: each is what the first of `patterns` that matches it says. Spaces in front may belong to it; where
 * no pattern wants them, they do not.
 */
export function templateReader(patterns: TemplatePatterns, { take }: PayloadCodec): (bytes: Buffer) => McuLine {
  const kinds: readonly (readonly [LinePattern | undefined, ReadGroups])[] = [
    [patterns.log, (_groups, bytes) => ({ kind: "log", bytes })],
    [patterns.hello, (groups) => readHello(groups)],
    [patterns.refusal, readRefusal],
    [patterns.reply, readReply],
    [patterns.data, readData],
  ];
  return (bytes) => {
    // One character a byte, so that what is no UTF-8 comes out as it went in.
    const text = bytes.toString("latin1");
    return matched(text, bytes) ?? matchedWithoutSpaces(text, bytes) ?? { kind: "unmatched", bytes };
  };

  function matchedWithoutSpaces(text: string, bytes: Buffer): McuLine | undefined {
    return text[0] === " " ? matched(text.replace(/^ +/, ""), bytes) : undefined;
  }

  function matched(text: string, bytes: Buffer): McuLine | undefined {
    for (const [pattern, read] of kinds) {
      const groups = pattern?.match(text);
      if (groups !== undefined) return read(groups, bytes);
    }
    return undefined;
  }

  function readReply(groups: LineGroups, bytes: Buffer): McuLine {
    const id = idIn(groups);
    const payload = take(groups.get("payload") ?? nothing);
    return id === "malformed" || payload === undefined ? { kind: "malformed", bytes } : { kind: "reply", id, payload };
  }

  function readData(groups: LineGroups, bytes: Buffer): McuLine {
    const line = readReply(groups, bytes);
    return line.kind === "reply" ? { ...line, kind: "data" } : line;
  }

  function readRefusal(groups: LineGroups, bytes: Buffer): McuLine {
    const id = idIn(groups);
    const code = groups.get("code");
    const text = take(groups.get("text") ?? nothing);
    return id === "malformed" || code === undefined || text === undefined
      ? { kind: "malformed", bytes }
      : { kind: "refusal", id, code: code.toString(), text };
  }
}

const nothing = Buffer.alloc(0);

function readHello(groups: LineGroups): McuLine {
  const hello = {
    window: undefined,
    lineBytesMax: undefined,
    crc: false,
    dedup: 0,
    cancel: false,
    boot: groups.get("boot")?.toString(),
    firmware: groups.get("fw")?.toString(),
  };
  return { kind: "hello", hello };
}

/** Undefined where the firmware knows no ids; malformed where it does and this line has none. */
function idIn(groups: LineGroups): string | undefined | "malformed" {
  if (!groups.has("processId")) return undefined;
  const id = groups.get("processId")?.toString("latin1") ?? "";
  return isId(id) ? id : "malformed";
}
