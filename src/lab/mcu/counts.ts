/** What happened at the MCU, counted outside the gateway: its promises are checked with these. */
export interface McuCounts {
  /** Whole commands that were understood, repeated ones too. */
  commands: number;
  /** Commands that were done, each (by its ID and line) once. */
  executed: number;
  /** Deeds over and above the first of the same command. */
  executedTwice: number;
  /** Replies said, second and late ones too; what is said again from memory is in `repeatsAnswered`. */
  replies: number;
  /** Commands refused, not done. */
  refusals: number;
  /** Commands recognised by the memory (`dedup`) and not done again. */
  repeats: number;
  /** Of those, the ones answered with the remembered reply. */
  repeatsAnswered: number;
  /** Commands that began to arrive while the MCU already held as many as its window. */
  beyondWindow: number;
  probes: number;
  hellos: number;
  /** Cancels received. */
  cancels: number;
  /** Of those, the ones that came in time: their command was not done. */
  cancelled: number;
  /** Lines without a right checksum. */
  damaged: number;
  /** Lines longer than the MCU's limit, dropped whole. */
  overlong: number;
  /** Half lines dropped, because half a second passed without a byte. */
  torn: number;
  /** Lines that are none of the protocol's. */
  malformed: number;
  /** Bytes that found the receive buffer full. */
  bytesOverflowed: number;
  /** Bytes that arrived while the MCU was starting. */
  bytesUnheard: number;
  /** Lines that a fault swallowed: dropped, silenced, or said into a pulled cable. */
  linesDroppedReceived: number;
  linesDroppedSent: number;
  linesSilenced: number;
  linesUnplugged: number;
  /** Lines in which a fault flipped a bit. */
  linesGarbledReceived: number;
  linesGarbledSent: number;
  /** Bytes that nobody took from the tty until no more were kept. */
  bytesUntaken: number;
  /** Bytes of the gateway's that came back to it. */
  bytesEchoed: number;
  /** Bytes on the wire when a restart (those leaving), a pulled cable (all) or a loopback (those leaving) ended their way. */
  bytesTorn: number;
  /** Starts after the first. */
  restarts: number;
  hangups: number;
  bytesReceived: number;
  bytesSent: number;
}

/** Nothing has happened yet. */
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

/** One line, `commands=3 executed=3 …`: the first five always, the others where they are not 0. */
export function formatCounts(counts: McuCounts): string {
  return Object.entries(counts)
    .filter(([, count], index) => index < 5 || count > 0)
    .map(([name, count]) => `${name}=${count}`)
    .join(" ");
}
