/** What of an error the oracle looks at. */
export interface ErrorBody {
  readonly source: string;
  readonly reason: string;
  readonly executed: string;
}

/** The error that a response is; undefined where it is what the MCU said. Found, not parsed: that took a tenth of a world. */
export function errorIn(text: string): ErrorBody | undefined {
  if (!text.startsWith('{"error":')) return undefined;
  return { source: wordIn(text, "source"), reason: wordIn(text, "reason"), executed: wordIn(text, "executed") };
}

function wordIn(text: string, name: string): string {
  const key = `"${name}":"`;
  const from = text.indexOf(key) + key.length;
  return text.slice(from, text.indexOf('"', from));
}

/** Which requests a text is an answer to. */
export function numbersIn(text: string): string[] {
  return text.includes("R") ? [...new Set(text.match(/R\d+/g))] : [];
}
