/** The opening that is under way in this process. */
let current: { readonly path: string; readonly ended: Promise<unknown> } | undefined;

/**
 * Opens one port at a time, whatever its path: a sick USB hub can keep open(2) for ever, and with it one of libuv's four
 * threads. A second attempt beside the first would take the next, until no name is resolved any more.
 *
 * @param isWanted asked when the turn has come, which may be never
 * @throws what `open` throws, and an error where it is not wanted any more
 */
export async function openInTurn<T>(path: string, isWanted: () => boolean, open: () => Promise<T>): Promise<T> {
  while (current !== undefined) await current.ended;
  if (!isWanted()) throw new Error(`${path} is not opened: nobody waits for it`);
  const opening = open();
  const ended = opening.then(
    () => {},
    () => {},
  );
  current = { path, ended };
  void ended.then(() => {
    current = undefined;
  });
  return opening;
}

/** The path that is being opened; undefined if none is. */
export function openingPath(): string | undefined {
  return current?.path;
}
