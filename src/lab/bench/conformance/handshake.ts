// Before the rules: whether the board answers a probe and a command at all, and where it does not, whether it answers what
// firmware with a usual fault takes instead. So one fault does not hide everything else.
import { setTimeout as sleep } from "node:timers/promises";
import { type Board, type Exchange, isAnswer, isAnswerTo, isHello, type Manner, rightManner } from "./board.ts";
import { lowerCaseChecksum } from "./checksum-fault.ts";
import { formatFault } from "./format-fault.ts";
import { quoted } from "./quoted.ts";

/** What a gateway sends first on a port: a line that spoils any half line that the board holds, and a probe. */
export const opening = "\\!\\!*F46E\n?\n";

/** A probe, as it was written. */
type ProbeKind = "opening" | "bare" | "checked" | "cr_lf" | "cr";

/** How the board was asked who it is. */
export interface Handshake {
  /** The probe that was answered by a hello; undefined: none was. */
  readonly answered: ProbeKind | undefined;
  /** A line that should have been a hello, and why it is none. */
  readonly noHello: { readonly line: string; readonly problem: string } | undefined;
  readonly exchanged: readonly Exchange[];
}

/** How the board's first command went. */
export interface Trial {
  /** How the command was written that was answered; undefined: none was. */
  readonly manner: Manner | undefined;
  /** What was not answered, and what was, in words; empty where the first one was answered. */
  readonly words: string;
  /** Why there are no lines: speed or format of the line; undefined where there are some, or nothing has come. */
  readonly formatFault: string | undefined;
  readonly exchanged: readonly Exchange[];
}

/**
 * Opening the port may reset a board. Its boot loader then runs for up to 2 s, and may swallow a probe. A board without a
 * hello costs this time once.
 */
const openingMs = 1000;
const openings = 3;
const otherProbeMs = 500;

/** What is sent until a hello is its answer. Behind a CR alone an LF ends the line for everybody else. */
const probes: readonly (readonly [kind: ProbeKind, bytes: string])[] = [
  ["opening", opening],
  ["bare", "?\n"],
  ["checked", "?*C7BC\n"],
  ["cr_lf", "?\r\n"],
  ["cr", "?\r"],
];

/** Asks the board who it is, first as a gateway does. */
export async function shakeHands(board: Board): Promise<Handshake> {
  for (let count = 0; count < openings && !hasSpoken(board); count++) {
    await board.sendBytes(opening);
    await board.next((line) => isHello(line) || line.line.startsWith("="), openingMs);
  }
  const noHello = board.received().find((line) => line.kind === "malformed" && line.line.startsWith("="));
  const isSilent = !hasSpoken(board);
  const end = (answered: ProbeKind | undefined): Handshake => ({
    answered,
    noHello: noHello?.kind === "malformed" ? noHello : undefined,
    exchanged: [...board.exchanged()],
  });
  if (noHello !== undefined && board.hello() === undefined) return end(undefined);
  // The first hello may be that of a start: which probe is answered shows only now.
  for (const [kind, bytes] of probes.slice(isSilent ? 1 : 0)) {
    await sleep(quietMs);
    const before = helloCount(board);
    await board.sendBytes(bytes);
    if ((await board.next(() => helloCount(board) > before, otherProbeMs)) !== undefined) return end(kind);
    if (bytes.endsWith("\r")) await board.sendBytes("\n");
  }
  return end(undefined);
}

/** Long enough for a hello that is on its way already, at 9600 baud. */
const quietMs = 120;

function hasSpoken(board: Board): boolean {
  return board.received().some((line) => isHello(line) || line.line.startsWith("="));
}

function helloCount(board: Board): number {
  return board.received().filter(isHello).length;
}

/** Half of the cloud's cutoff, as for every command; less for what nobody hopes for. */
const firstMs = 2000;
const otherMs = 700;
/** The server's cutoff: nobody waits longer for anything. */
const lateMs = 4000;

/** Sends a command in one manner after the other, until one is answered. */
export async function tryCommand(board: Board, plain: string, nextId: () => string): Promise<Trial> {
  board.mark();
  const sent: string[] = [];
  const end = (manner: Manner | undefined, words: string): Trial => {
    const fault = manner === undefined ? formatFault(board.firstBytes()) : undefined;
    return { manner, words, formatFault: fault, exchanged: [...board.exchanged()] };
  };
  const ids: string[] = [];
  let line = "";
  const lineOf = (manner: Manner, id: string) => {
    board.useManner(manner);
    return board.lineOf(`>${id} ${plain}`);
  };
  /** The line is none that is the same in the `other` manner, as one whose checksum has no letters is in lower case. */
  async function isAnswered(manner: Manner, withinMs: number, other?: Manner): Promise<boolean> {
    let id = nextId();
    while (other !== undefined && lineOf(other, id) === lineOf(manner, id)) id = nextId();
    line = lineOf(manner, id);
    ids.push(id);
    await board.send(`>${id} ${plain}`);
    return (await board.next(isAnswerTo(id), withinMs)) !== undefined;
  }
  for (const manner of mannersFor(board)) {
    if (await isAnswered(manner, sent.length === 0 ? firstMs : otherMs)) {
      if (sent.length === 0) return end(manner, "");
      const why = `${sent.join(", ")} not answered, but ${shown(line)} is${wordsOf(manner)}`;
      // The first one may have met a boot loader, or got lost on the way.
      if (await isAnswered(rightManner, otherMs, manner)) return end(rightManner, "");
      board.useManner(manner);
      return end(manner, why);
    }
    if (manner.end === "\r") await board.sendBytes("\n");
    sent.push(shown(line));
    if (board.received().some((one) => isAnswer(one) || one.kind === "malformed")) {
      // Once more, because it may have been damaged on the way.
      if (await isAnswered(rightManner, otherMs)) return end(rightManner, "");
      break;
    }
  }
  board.useManner(rightManner);
  const late = await lateAnswer(board, ids);
  return end(undefined, late ?? `no answer to ${sent[0]}${whatCame(board)}`);
}

/** A slow board answers when nobody waits any more; what was sent is answered when this ends, if it ever is. */
async function lateAnswer(board: Board, ids: readonly string[]): Promise<string | undefined> {
  const late = board.received().find((one) => isAnswer(one) && ids.includes(one.id));
  if (late === undefined || !isAnswer(late)) return undefined;
  const lastId = ids.at(-1) ?? "";
  await board.next(isAnswerTo(lastId), lateMs);
  return `${shown(late.line)} came later than ${firstMs} ms: a harmless command is answered within half of the server's cutoff`;
}

function mannersFor(board: Board): Manner[] {
  const hello = board.hello();
  return [
    rightManner,
    ...(hello?.crc === true ? [{ ...rightManner, checksum: board.helloFault()?.computed ?? lowerCaseChecksum }] : []),
    { ...rightManner, end: "\r\n" },
    { ...rightManner, checksum: hello?.crc === true ? "never" : "always" },
    { ...rightManner, end: "\r" },
  ];
}

function wordsOf({ checksum, end }: Manner): string {
  if (typeof checksum === "object") return `: ${checksum.words}`;
  if (checksum !== "as_its_hello_says") return `: ${checksum === "never" ? "without" : "with"} a checksum`;
  return end === "\r\n" ? ": with CR LF" : ": with CR instead of LF";
}

/** What came instead of an answer. */
function whatCame(board: Board): string {
  const received = board.received();
  const answer = received.find(isAnswer);
  if (answer !== undefined) return `, but ${shown(answer.line)} came: another id`;
  const malformed = received.find(({ kind }) => kind === "malformed");
  if (malformed?.kind === "malformed") return `, but ${shown(malformed.line)} came: ${malformed.problem}`;
  if (received.some(({ kind }) => kind === "damage_report")) return ", but !- crc: it takes the line for damaged";
  const log = received.find(({ kind }) => kind === "log");
  if (log !== undefined) return `, but ${received.length} other lines, such as ${shown(log.line)}`;
  if (board.echoCount() > 0) return ": what is sent comes back, and nothing else answers: is TX connected to RX?";
  return board.hello() === undefined ? ", and nothing else came" : ", although it answers probes";
}

function shown(line: string): string {
  return quoted(line.replace(/\n$/, ""));
}
