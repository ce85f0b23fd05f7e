/** The openings that are under way in this process, by path, in the order in which they began. */
const openings = new Map<string, Promise<void>>();

/**
 * Opens a port when its turn has come: one opening for each path, and no more at once than `max` says. A sick USB hub can keep
 * open(2) for ever, and with it one of libuv's threads. Attempt after attempt would take them all, until no name is resolved any more.
 *
 * @param isWanted asked when the turn has come, which may be never
 * @throws what `open` throws, and an error where it is not wanted any more
 */
export async function openInTurn<T>(
  path: string,
  max: number,
  isWanted: () => boolean,
  open: () => Promise<T>,
): Promise<T> {
  for (let before = openingBefore(path, max); before !== undefined; before = openingBefore(path, max)) await before;
  if (!isWanted()) throw new Error(`${path} is not opened: nobody waits for it`);
  const opening = open();
  const ended = opening
    .then(
      () => {},
      () => {},
    )
    .finally(() => openings.delete(path));
  openings.set(path, ended);
  return opening;
}

/** What has to end first; undefined where nothing has to. */
function openingBefore(path: string, max: number): Promise<unknown> | undefined {
  return openings.get(path) ?? (openings.size < max ? undefined : Promise.race(openings.values()));
}

/** The path whose opening keeps this one waiting, which may be its own; undefined if none is under way. */
export function openingPath(path: string): string | undefined {
  return openings.has(path) ? path : openings.keys().next().value;
}
