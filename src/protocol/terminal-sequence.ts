/**
 * Control sequences of terminals (ECMA-48): colours, cursor movements, window titles. Firmware with a console puts them
 * around its lines. They begin with ESC, which no line of the protocol has in it.
 */

const ESC = 0x1b;
const bell = 0x07;
const backslash = 0x5c;

/** Parameters and intermediate bytes of a control sequence; the longest in use, colours of 24 bits, have 18. */
const parametersMax = 32;

/** A window title with a path in it, and room. */
const stringBytesMax = 256;

/** What introduces a string, up to BEL or ESC \: DCS, SOS, OSC, PM, APC. */
const stringIntroducers: ReadonlyMap<number | undefined, string> = new Map([
  [0x50, "DCS"],
  [0x58, "SOS"],
  [0x5d, "OSC"],
  [0x5e, "PM"],
  [0x5f, "APC"],
]);

/** ESC and one of these may be noise in front of a line that begins with it. */
const sigils = new Set([0x21, 0x3c, 0x40]);

const isWithin = (byte: number | undefined, first: number, last: number) =>
  byte !== undefined && byte >= first && byte <= last;

/**
 * How many bytes the terminal sequence that begins at `at` has; 0 where none does. One that the end of `bytes` or a control
 * byte has cut short counts as far as it goes. Nothing that can be the beginning of a line is ever taken for a part of one. Looks at
 * no byte behind the next ESC, nor at more than a constant number of bytes.
 */
export function terminalSequenceLength(bytes: Buffer, at: number): number {
  if (bytes[at] !== ESC) return 0;
  const introducer = bytes[at + 1];
  if (introducer === undefined) return 1;
  if (introducer === 0x5b) return controlSequenceLength(bytes, at);
  if (stringIntroducers.has(introducer)) return stringLength(bytes, at);
  if (introducer === 0x3d) return startsHello(bytes, at + 1) ? 0 : 2;
  if (sigils.has(introducer)) return 0;
  // A character set, such as ESC ( B.
  if (isWithin(introducer, 0x20, 0x2f)) {
    const final = bytes[at + 2];
    if (isCut(final)) return 2;
    return isWithin(final, 0x30, 0x7e) && !sigils.has(final ?? 0) ? 3 : 0;
  }
  return isWithin(introducer, 0x30, 0x7e) ? 2 : 0;
}

/** Whether a sequence ends here before it is whole: at the end of the line, or at a control byte. */
function isCut(byte: number | undefined): boolean {
  return byte === undefined || byte < 0x20 || byte === 0x7f;
}

/** The name of the string that begins at `at`, which has any text in it; undefined where none does. */
export function stringNameAt(bytes: Buffer, at: number): string | undefined {
  return bytes[at] === ESC ? stringIntroducers.get(bytes[at + 1]) : undefined;
}

/** ESC [, parameters, intermediate bytes, a final one. `<` is in those only that a terminal sends. */
function controlSequenceLength(bytes: Buffer, start: number): number {
  let at = start + 2;
  const end = at + parametersMax;
  if (bytes[at] === 0x3d && startsHello(bytes, at)) return 0;
  if (isWithin(bytes[at], 0x3d, 0x3f)) at += 1;
  while (at < end && isWithin(bytes[at], 0x30, 0x3b)) at += 1;
  while (at < end && isWithin(bytes[at], 0x20, 0x2f)) at += 1;
  const final = bytes[at];
  if (isCut(final)) return at - start;
  return isWithin(final, 0x40, 0x7e) ? at + 1 - start : 0;
}

function stringLength(bytes: Buffer, start: number): number {
  const end = Math.min(bytes.length, start + stringBytesMax);
  for (let at = start + 2; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === bell) return at + 1 - start;
    if (byte === ESC) return bytes[at + 1] === backslash ? at + 2 - start : 0;
    if (byte < 0x20) return 0;
  }
  return 0;
}

function startsHello(bytes: Buffer, at: number): boolean {
  return bytes.toString("latin1", at, at + 6) === "=rrpc/";
}
