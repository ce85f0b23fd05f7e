/** What libuv has where nobody says otherwise. */
const usualSize = 4;

/** Threads for names and files, however many ports hang. Node.js leaves names at most half of all. */
const othersSize = 3;

/** An opening of its port that hangs, and the closing of the one before. */
const threadsOfBoard = 2;

/**
 * Gives each of several boards threads of its own in libuv's pool, where a driver that hangs keeps them. To be called before anything
 * uses the pool: libuv looks once. A board more costs 13 KB of memory and 50 µs of the start; with one board all stays as it is.
 */
export function sizeThreadPool(boardCount: number): void {
  if (boardCount <= 1 || process.env["UV_THREADPOOL_SIZE"] !== undefined) return;
  process.env["UV_THREADPOOL_SIZE"] = `${othersSize + threadsOfBoard * boardCount}`;
}

/** How many ports may hang at once, so that the other ports, names and files have threads left. */
export function hangingPortsMax(): number {
  const size = Number(process.env["UV_THREADPOOL_SIZE"] ?? usualSize);
  return Math.max(1, Math.floor((size - othersSize) / threadsOfBoard));
}
