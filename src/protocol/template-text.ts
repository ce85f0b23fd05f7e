const placeholders = ["processId", "payload"] as const;

/** What stands in a template for the processID and the payload of a request. */
export type Placeholder = (typeof placeholders)[number];

/** A line with places for values. */
export interface TemplateText {
  readonly places: ReadonlySet<Placeholder>;
  /** The line with its values as they are: no value is looked into for placeholders or anything else. */
  readonly fill: (values: { readonly [place in Placeholder]?: Buffer }) => Buffer;
}

/** Reads `{processId}` and `{payload}` out of `source`, which is ASCII; other braces are text. */
export function parseTemplateText(source: string): TemplateText {
  const parts = source
    .split(/(\{processId\}|\{payload\})/)
    .map((piece) => placeOf(piece) ?? Buffer.from(piece, "latin1"));
  return {
    places: new Set(parts.filter((part) => typeof part === "string")),
    fill: (values) =>
      Buffer.concat(parts.map((part) => (typeof part === "string" ? (values[part] ?? Buffer.alloc(0)) : part))),
  };
}

/** What looks like a placeholder and is none, such as `{payLoad}`. */
export function unknownPlaceholder(source: string): string | undefined {
  return source.match(/\{[A-Za-z]+\}/g)?.find((word) => placeOf(word) === undefined);
}

function placeOf(piece: string): Placeholder | undefined {
  return placeholders.find((name) => piece === `{${name}}`);
}
