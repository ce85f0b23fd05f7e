/** What an ID, an event's NAME and a refusal's CODE may be on the line (line protocol, "Lines"). */
const idPattern = /^[0-9A-Za-z_-]{1,32}$/;

/** Whether `text` can stand as the ID of a line: 1 to 32 of `0-9 A-Z a-z _ -`; `-` alone is the damage report's. */
export function isId(text: string): boolean {
  return idPattern.test(text) && text !== "-";
}
