/** An input or output of the gateway's as a story tells it: bytes as the text that they are, as far as it is of use. */
export function worldText(what: unknown): string {
  return JSON.stringify(what, asText);
}

function asText(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || !("type" in value) || value.type !== "Buffer") return value;
  return "data" in value
    ? Buffer.from(value.data as number[])
        .toString("latin1")
        .slice(0, 80)
    : value;
}
