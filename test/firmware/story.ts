/** Stories for replay.c and replay.py: what a wire and a board's own program do to the library, by a seed. */

/** Numbers that a seed decides, from 0 to below the limit. */
function draws(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function checksumOf(line: Buffer): string {
  let crc = 0;
  for (const byte of line) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return `*${crc.toString(16).toUpperCase().padStart(4, "0")}`;
}

const pieces = [
  "x",
  " ",
  "\\n",
  "\\\\",
  "\\x00",
  "\\x4",
  "\\q",
  "*45AD",
  "\t",
  "é",
  ">",
  "~",
  "0123456789abcdef",
  "\r",
];
const ids = [
  "1",
  "2",
  "3",
  "a_-Z",
  "0123456789abcdefghijklmnopqrst_-",
  "0123456789abcdefghijklmnopqrst_-x",
  "-",
  "a.b",
];

/** So many steps, the first of them a start. */
export function story(seed: number, steps: number, crc: boolean): string[] {
  const draw = draws(seed);
  const one = <Item>(items: readonly Item[]) => items[draw(items.length)] as Item;
  const text = (most: number) => Array.from({ length: draw(most + 1) }, () => one(pieces)).join("");
  const hex = (bytes: Buffer | string) => Buffer.from(bytes).toString("hex") || "-";
  let nowMs = 0;

  /** Few ids and few payloads, so that commands are repeated. */
  function line(): Buffer {
    const body = one([
      () => `>${one(ids)} ${one(["", "x", "y"])}`,
      () => `>${one(ids)} ${text(12)}`,
      () => `>${one(ids)}`,
      () => `~${one(ids)}`,
      () => one(["?", "", "\\!\\!", "<1 x", "!- crc", ">", "~", `>1 ${"x".repeat(110)}`]),
    ])();
    const sent = Buffer.from(body);
    const right = crc ? checksumOf(sent) : "";
    const bytes = Buffer.concat([
      sent,
      Buffer.from(one([right, right, right, "", "*0000"]) + one(["\n", "\n", "\r\n"])),
    ]);
    // Now and then noise: a wrong bit, a lost byte, a line that is cut.
    const at = draw(bytes.length);
    switch (draw(12)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
        return bytes;
      case 1:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      case 2:
        return bytes.subarray(0, at);
      default:
        return bytes;
    }
  }

  function step(): string {
    switch (draw(16)) {
      case 0:
        return one(["echo", "echo", "later", "refuse"]);
      case 1:
        return "gap";
      case 2:
      case 3:
        return `reply ${one(ids)} ${hex(text(8))}`;
      case 4:
        return `refusal ${one(ids)} ${hex(one(["busy", "busy now", " x", "a.b", text(3)]))}`;
      case 5:
        return `event ${one(ids)} ${hex(text(4))}`;
      case 6:
        return `log ${hex(text(4))}`;
      default:
        nowMs += one([0, 1, 10, 499, 500, 5000]);
        return `bytes ${nowMs} ${hex(Buffer.concat(Array.from({ length: 1 + draw(3) }, line)))}`;
    }
  }

  return ["start", ...Array.from({ length: steps }, step)];
}
