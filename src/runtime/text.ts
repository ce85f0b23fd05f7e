/** Longest piece of the MCU's own text in one log line: a terminal's width and a half. */
const textMax = 120;

/** A duration for people. */
export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** Text from outside on one line of a log or terminal: no control characters, and not without end. */
export function printable(text: string, charactersMax = textMax): string {
  const cut = text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
  return cut.replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
