/** What happened at the MCU, counted outside the gateway: its promises are checked with these. */
export interface McuCounts {
  /** Complete commands that were understood, including repeated ones. */
  commands: number;
  /** Commands that were executed; each one (by its id and line) counts once. */
  executed: number;
  /** Executions of a command after its first one. */
  executedTwice: number;
  /** Replies sent, including second and late ones; those repeated from memory are in `repeatsAnswered`. */
  replies: number;
  /** Commands that were refused, not executed. */
  refusals: number;
  /** Commands recognised by the memory (`dedup`) and not executed again. */
  repeats: number;
  /** Of those, the ones answered with the remembered reply. */
  repeatsAnswered: number;
  /** Commands whose first byte arrived while the MCU already held as many as its window. */
  beyondWindow: number;
  probes: number;
  hellos: number;
  /** Cancels received. */
  cancels: number;
  /** Of those, the ones that came in time: their command was not executed. */
  cancelled: number;
  /** Lines without a valid checksum. */
  damaged: number;
  /** Lines longer than the MCU's limit, dropped as a whole. */
  overlong: number;
  /** Half lines dropped after half a second without a byte. */
  torn: number;
  /** Lines that are not of the protocol. */
  malformed: number;
  /** Bytes lost because the receive buffer was full. */
  bytesOverflowed: number;
  /** Bytes that arrived while the MCU was starting. */
  bytesUnheard: number;
  /** Lines lost by a fault: dropped, silenced, or sent into a pulled cable. */
  linesDroppedReceived: number;
  linesDroppedSent: number;
  linesSilenced: number;
  linesUnplugged: number;
  /** Lines in which a fault flipped a bit. */
  linesGarbledReceived: number;
  linesGarbledSent: number;
  /** Bytes that nobody read from the tty before its buffer was full. */
  bytesUntaken: number;
  /** The gateway's bytes that were echoed. */
  bytesEchoed: number;
  /** Bytes lost on the line: by a restart or a loopback those leaving, by a pulled cable all. */
  bytesTorn: number;
  /** Starts after the first. */
  restarts: number;
  hangups: number;
  bytesReceived: number;
  bytesSent: number;
}

/** All counts at 0. */
export function zeroCounts(): McuCounts {
  return {
    commands: 0,
    executed: 0,
    executedTwice: 0,
    replies: 0,
    refusals: 0,
    repeats: 0,
    repeatsAnswered: 0,
    beyondWindow: 0,
    probes: 0,
    hellos: 0,
    cancels: 0,
    cancelled: 0,
    damaged: 0,
    overlong: 0,
    torn: 0,
    malformed: 0,
    bytesOverflowed: 0,
    bytesUnheard: 0,
    linesDroppedReceived: 0,
    linesDroppedSent: 0,
    linesSilenced: 0,
    linesUnplugged: 0,
    linesGarbledReceived: 0,
    linesGarbledSent: 0,
    bytesUntaken: 0,
    bytesEchoed: 0,
    bytesTorn: 0,
    restarts: 0,
    hangups: 0,
    bytesReceived: 0,
    bytesSent: 0,
  };
}

/** One line, `commands=3 executed=3 …`: the first five always, the others if they are not 0. */
export function formatCounts(counts: McuCounts): string {
  return Object.entries(counts)
    .filter(([, count], index) => index < 5 || count > 0)
    .map(([name, count]) => `${name}=${count}`)
    .join(" ");
}
