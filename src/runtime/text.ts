/** Longest piece of the MCU's own text in one log line: a terminal's width and a half. */
const textMax = 120;

/** A duration for people. */
export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** Text from outside as a piece of one line of a log or terminal: `visible`, and cut where it is longer than `charactersMax`. */
export function printable(text: string, charactersMax = textMax): string {
  return visible(text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text);
}

/**
 * Text as it may stand on a terminal or in a line of a log: what would end the line, steer the terminal, hide or turn text around
 * is written as `\xHH`, or `\u{…}` above U+00FF.
 */
export function visible(text: string): string {
  if (isPrintableAscii(text)) return text;
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/**
 * JSON as it may stand on a terminal: what `visible` writes otherwise is `\uHHHH` here, which every reader of JSON takes for the same
 * character. JSON itself asks for that only up to U+001F.
 */
export function visibleJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? character : character.split("").map(escapeUnit).join(""),
  );
}

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Nearly all text. It needs none of Unicode's tables, each of which costs V8 0.2 ms at its first use. */
export function isPrintableAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** One character as `\xHH` or `\u{…}`. */
export function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).toUpperCase();
  return code < 0x100 ? `\\x${digits.padStart(2, "0")}` : `\\u{${digits}}`;
}
