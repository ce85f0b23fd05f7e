/** A name and some numbers; a hello with a line of 64 KiB for a name would be longer than a response may be. */
const wordsMax = 256;

/** What an MCU says of itself, as far as an answer has room for it. */
export function shownWords(text: string): string {
  return text.length > wordsMax ? `${text.slice(0, wordsMax)}…` : text;
}
