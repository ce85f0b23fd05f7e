// A board's hello, read strictly.

/** What a board says of itself; what its hello leaves out has the protocol's default. */
export interface Hello {
  readonly window: number;
  /** Undefined where it does not say. */
  readonly lineBytesMax: number | undefined;
  readonly crc: boolean;
  readonly dedup: number;
  readonly cancel: boolean;
  readonly boot: string | undefined;
  readonly fw: string | undefined;
  /** What in it breaks the protocol, in words. */
  readonly problems: readonly string[];
}

export type HelloReading =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "no_hello"; readonly problem: string };

/** What holds without a hello (docs/line-protocol.md, Hello). */
export const defaultHello: Hello = {
  window: 1,
  lineBytesMax: undefined,
  crc: false,
  dedup: 0,
  cancel: false,
  boot: undefined,
  fw: undefined,
  problems: [],
};

/** @param body a line that begins with `=`, without its checksum */
export function readHello(body: string): HelloReading {
  const [version = "", ...words] = body.split(" ");
  if (version !== "=rrpc/1") return { kind: "no_hello", problem: versionProblem(version) };
  const problems: string[] = [];
  const values = new Map<string, string>();
  for (const pair of words) {
    const [, key, value] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined) problems.push(wordProblem(pair));
    else if (values.has(key)) problems.push(`${key} is given twice`);
    else values.set(key, value);
  }
  const number = (key: string, min: number, max: number): number | undefined => {
    const text = values.get(key);
    const value = text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
    if (text === undefined || (value !== undefined && value >= min && value <= max)) return value;
    problems.push(`${key}=${text}, expected ${min} to ${max}`);
    return undefined;
  };
  const hello = {
    window: number("window", 1, 256) ?? defaultHello.window,
    // 39 bytes: a command with the longest id and a checksum, without a payload.
    lineBytesMax: number("line", 39, 65_536),
    crc: number("crc", 0, 1) === 1,
    dedup: number("dedup", 0, 65_535) ?? 0,
    cancel: number("cancel", 0, 1) === 1,
    boot: values.get("boot"),
    fw: values.get("fw"),
    problems,
  };
  return { kind: "hello", hello };
}

function versionProblem(version: string): string {
  const [, name] = /^=(rrpc\/.+)$/.exec(version) ?? [];
  if (name !== undefined) return `its version is ${name}; right is rrpc/1`;
  return `a hello begins with =rrpc/1 and a space, this one with ${JSON.stringify(version)}`;
}

function wordProblem(word: string): string {
  return word === "" ? "two spaces, or one at its end" : `"${word}" is not KEY=VALUE`;
}

/** What is wrong where a bare probe is not answered, and one with a checksum is. */
export const bareProbeProblem = '"?" is not answered, but "?*C7BC" is: the gateway begins with "?"';

/** Why what it says of its memory is of no use, in words; nothing where it says nothing. */
export function memoryProblems({ dedup, window, boot }: Hello): readonly string[] {
  if (dedup === 0) return [];
  const unused = "so nothing is ever sent twice, and a lost reply is lost";
  return [
    ...(boot === undefined ? [`dedup=${dedup} without boot=…: no hello proves that it remembers, ${unused}`] : []),
    ...(dedup < window ? [`dedup=${dedup} is below window=${window}, ${unused}`] : []),
  ];
}
