/** The two clocks drift less than this between two readings; a larger step is a clock that was set. */
const stepS = 1;

/**
 * When the process started, in Unix time and seconds. The same at every reading, so that Prometheus can count restarts by
 * its changes; but a clock that is set after the start, as on a box without one of its own, moves it once.
 */
export function processStart(read = () => Date.now() / 1000 - process.uptime()): () => number {
  let startedAtS = read();
  return () => {
    const now = read();
    if (Math.abs(now - startedAtS) > stepS) startedAtS = now;
    return startedAtS;
  };
}
