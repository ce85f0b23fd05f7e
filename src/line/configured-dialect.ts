import { type Dialect, rrpcDialect } from "./dialect.ts";
import { isPlainByte } from "./escape.ts";
import { commandLine } from "./gateway-line.ts";
import { type TemplateOptions, templateDialect } from "./template.ts";

/** What of the configuration says how the firmware speaks. */
export interface DialectOptions {
  readonly dialect: "rrpc" | "template";
  readonly dataBits: 7 | 8;
  readonly template: Omit<TemplateOptions, "dataBits">;
}

/** The dialect that checked options choose. */
export function configuredDialect({ dialect, dataBits, template }: DialectOptions): Dialect {
  switch (dialect) {
    case "rrpc":
      return dataBits === 7 ? sevenBitDialect : rrpcDialect;
    case "template":
      return templateDialect({ ...template, dataBits });
    default:
      return dialect satisfies never;
  }
}

/** Seven data bits lose the eighth, and 0x8A would arrive as an LF: what has one is escaped. */
const sevenBitDialect: Dialect = {
  ...rrpcDialect,
  command: (id, payload, crc) => commandLine(id, payload, crc, (byte) => isPlainByte(byte) && byte < 0x80),
};
