import { type Dialect, rrpcDialectWith } from "./dialect.ts";
import { isPlainByte } from "./escape.ts";
import type { LineEnd } from "./framing.ts";
import { commandLine } from "./gateway-line.ts";
import { type TemplateOptions, templateDialect } from "./template.ts";

const NUL = 0x00;

/** What of the configuration says how the firmware speaks. */
export interface DialectOptions {
  readonly dialect: "rrpc" | "template";
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly prompt: string | undefined;
  readonly lineEnd: LineEnd;
  readonly template: Omit<TemplateOptions, "dataBits">;
}

/** The dialect that checked options choose. */
export function configuredDialect(options: DialectOptions): Dialect {
  const dialect = dialectOf(options);
  return options.parity === "none" ? dialect : withParity(dialect);
}

function dialectOf({ dialect, dataBits, prompt, lineEnd, template }: DialectOptions): Dialect {
  switch (dialect) {
    case "rrpc": {
      const eightBits = rrpcDialectWith({ prompt, lineEnd });
      return dataBits === 7 ? sevenBits(eightBits) : eightBits;
    }
    case "template":
      return templateDialect({ ...template, dataBits }, { prompt, lineEnd });
    default:
      return dialect satisfies never;
  }
}

/** Seven data bits lose the eighth, and 0x8A would arrive as an LF: what has one is escaped. */
function sevenBits(dialect: Dialect): Dialect {
  return {
    ...dialect,
    command: (id, payload, crc) => commandLine(id, payload, crc, (byte) => isPlainByte(byte) && byte < 0x80),
  };
}

/**
 * With parity a damaged byte is read as NUL (src/serial/parity.ts). So a line that has one behind its beginning is no line,
 * also where the NUL is its last byte: `dose 1000` would become `dose 100`.
 */
function withParity(dialect: Dialect): Dialect {
  return {
    ...dialect,
    frame(bytes) {
      const framed = dialect.frame(bytes);
      if (!bytes.includes(NUL, framed.start)) return framed;
      return {
        bytes: bytes.subarray(framed.start),
        start: framed.start,
        skips: framed.skips.filter(({ where }) => where === "front"),
      };
    },
    read: (bytes, crc) => (!crc && bytes.includes(NUL) ? { kind: "malformed", bytes } : dialect.read(bytes, crc)),
  };
}
