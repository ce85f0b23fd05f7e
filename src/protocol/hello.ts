/** What an MCU says of itself (line protocol, "Hello"). An absent key is undefined: its default is the reader's. */
export interface Hello {
  /** Commands it can hold at once. */
  readonly window: number | undefined;
  /** Longest line it can take, in bytes, LF included. */
  readonly lineBytesMax: number | undefined;
  /** Whether every line carries a checksum from now on. */
  readonly crc: boolean;
  /** How many last commands it remembers, so that the same line again is not done again. */
  readonly dedup: number;
  /** Whether it understands `~`. */
  readonly cancel: boolean;
  /** A word that changes with every start. */
  readonly boot: string | undefined;
  /** Name and version of the firmware, for people. */
  readonly firmware: string | undefined;
}

export type HelloResult =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "unsupported_version"; readonly version: string }
  | { readonly kind: "malformed" };

/** Reads the text behind `=`. Unknown keys are ignored; a number that is none makes the line malformed. */
export function parseHello(text: string): HelloResult {
  const [version = "", ...words] = text.split(" ").filter((word) => word !== "");
  if (!version.startsWith("rrpc/")) return { kind: "malformed" };
  if (version !== "rrpc/1") return { kind: "unsupported_version", version };
  const values = new Map(words.map((word) => splitWord(word)));
  const window = parseCount(values.get("window"), 1);
  const lineBytesMax = parseCount(values.get("line"), 1);
  const dedup = parseCount(values.get("dedup"), 0);
  if (window === "malformed" || lineBytesMax === "malformed" || dedup === "malformed") return { kind: "malformed" };
  return {
    kind: "hello",
    hello: {
      window,
      lineBytesMax,
      crc: values.get("crc") === "1",
      dedup: dedup ?? 0,
      cancel: values.get("cancel") === "1",
      boot: values.get("boot"),
      firmware: values.get("fw"),
    },
  };
}

function splitWord(word: string): [key: string, value: string] {
  const at = word.indexOf("=");
  return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
}

function parseCount(value: string | undefined, min: number): number | undefined | "malformed" {
  if (value === undefined) return undefined;
  return /^[0-9]{1,6}$/.test(value) && Number(value) >= min ? Number(value) : "malformed";
}
