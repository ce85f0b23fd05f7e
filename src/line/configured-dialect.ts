import { type Dialect, rrpcDialectWith } from "./dialect.ts";
import { isPlainByte } from "./escape.ts";
import type { LineEnd } from "./framing.ts";
import { commandLine } from "./gateway-line.ts";
import { type TemplateOptions, templateDialect } from "./template.ts";

/** What of the configuration says how the firmware speaks. */
export interface DialectOptions {
  readonly dialect: "rrpc" | "template";
  readonly dataBits: 7 | 8;
  readonly prompt: string | undefined;
  readonly lineEnd: LineEnd;
  readonly template: Omit<TemplateOptions, "dataBits">;
}

/** The dialect that checked options choose. */
export function configuredDialect({ dialect, dataBits, prompt, lineEnd, template }: DialectOptions): Dialect {
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
