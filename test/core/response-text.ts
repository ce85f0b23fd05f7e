/** What of an error the judge looks at. */
export interface ErrorBody {
  readonly source: string;
  readonly reason: string;
  readonly executed: string;
  readonly mcuText?: string;
}

/** The error that a response is; undefined where it is what the MCU said. */
export function errorIn(text: string): ErrorBody | undefined {
  return text.startsWith('{"error":') ? JSON.parse(text).error : undefined;
}

/** Which requests a text is an answer to. */
export function numbersIn(text: string): string[] {
  return text.includes("R") ? [...new Set(text.match(/R\d+/g))] : [];
}
