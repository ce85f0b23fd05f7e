/**
 * Bytes as a transcript shows them: printable ASCII as it is, `\` too; a control character as its picture, so that `␊`
 * is a line feed and `\n` is a backslash and an n; any other byte as `«E9»`, and a long run of one as `«300 × a»`.
 */

/** A shorter run is told at a glance. */
const runLengthMin = 40;

const firstPicture = "\u2400".charCodeAt(0);
const pictureOfDelete = "\u2421";

const runs = new RegExp(`([\\s\\S])\\1{${runLengthMin - 1},}|[^ -~]`, "g");

/** Texts that differ are of bytes that differ. */
export function textOf(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replace(runs, (run: string, repeated: string | undefined) =>
      repeated === undefined ? shown(run) : `«${run.length} × ${shown(repeated)}»`,
    );
}

const symbols = /«(\d+) × («[0-9A-F]{2}»|.)»|«([0-9A-F]{2})»|[^ -~]/g;

/** @throws where the text has a character that stands for no byte. */
export function bytesOf(text: string): Buffer {
  const characters = text.replace(symbols, (symbol: string, count?: string, repeated = "", digits?: string) => {
    if (count !== undefined) return bytesOf(repeated).toString("latin1").repeat(Number(count));
    return String.fromCharCode(digits === undefined ? controlOf(symbol) : Number.parseInt(digits, 16));
  });
  return Buffer.from(characters, "latin1");
}

function shown(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(firstPicture + code);
  if (code === 0x7f) return pictureOfDelete;
  return code < 0x7f ? character : `«${code.toString(16).toUpperCase().padStart(2, "0")}»`;
}

function controlOf(picture: string): number {
  const code = picture.charCodeAt(0) - firstPicture;
  if (picture === pictureOfDelete) return 0x7f;
  if (code >= 0 && code < 0x20) return code;
  throw new Error(`${picture} stands for no byte`);
}
