/**
 * Whether a reply gives the words of a command back: alone, or behind the command's name as it was sent. A board that answers with a word
 * of its own in front (`pong abc`) does not echo: it promises nothing about the words.
 *
 * @param plain the command, such as `ping`, behind which the words were sent
 */
export function isEcho(reply: string, plain: string, words: string): boolean {
  return reply === words || reply === `${plain} ${words}`;
}
