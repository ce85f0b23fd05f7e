import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";

export interface PathWatch {
  /** Nothing is called back any more. */
  close(): void;
}

/**
 * For what inotify does not show: the target of a symbolic link that was left dangling, a folder that is mounted, and
 * a system with no watches left (fs.inotify.max_user_watches). A few stat(2) a second cost some 10 µs of CPU.
 */
const pollMs = 1_000;

/**
 * Calls back each time a device appears at `path`: at once as a rule, within a second in any case. The path may be a
 * symbolic link, and its folders may come and go as well, as /dev/serial/by-id does with the first adapter.
 *
 * What is there from the start has not appeared. Another device in its place has, and so has the same one with another
 * owner or mode: udev creates a device first and hands it to its group then.
 *
 * @param onAppear called from the event loop, never within `watchPath`
 */
export function watchPath(path: string, onAppear: () => void): PathWatch {
  const target = resolve(path);
  let watched: { readonly identity: string; readonly watcher: FSWatcher | undefined } | undefined;
  watchFolder();
  let seen = identify(target);
  const poll = setInterval(look, pollMs);

  function look(): void {
    watchFolder(); // Before the look itself, so that what comes after it is not missed.
    const found = identify(target);
    const hasAppeared = found !== undefined && found !== seen;
    seen = found;
    if (hasAppeared) onAppear();
  }

  /** Watches the deepest folder of the path that exists: whatever is missing begins there. */
  function watchFolder(): void {
    let folder = dirname(target);
    while (identify(folder) === undefined && folder !== "/") folder = dirname(folder);
    const identity = `${folder} ${identify(folder)}`; // One that was removed and made again is another one.
    if (watched?.identity === identity) return;
    watched?.watcher?.close();
    watched = { identity, watcher: watchEntry(folder, relative(folder, target).split(sep)[0], look) };
  }

  return {
    close() {
      clearInterval(poll);
      watched?.watcher?.close();
    },
  };
}

/** Calls back when this entry of the folder, or the folder itself, changes; undefined where that cannot be watched. */
function watchEntry(folder: string, entry: string | undefined, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, (_, name) => {
      // All of /dev reports here, and each write to /dev/null does.
      if (name === null || name === entry || name === basename(folder)) onChange();
    });
    return watcher.on("error", () => watcher.close());
  } catch {
    return undefined; // No watches left, or not ours to read: the poll sees it.
  }
}

/** What tells one device from the next at the same path; undefined if there is none, or a link that leads nowhere. */
function identify(path: string): string | undefined {
  try {
    const { dev, ino, uid, gid, mode } = statSync(path);
    return [dev, ino, uid, gid, mode].join(":");
  } catch {
    return undefined; // Whatever is in the way of looking at it is in the way of opening it as well.
  }
}
