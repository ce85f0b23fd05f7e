import fs from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";

// Not by `node:fs/promises`, which brings directories, watchers and readline with it: 1 ms of a start.
const [lstat, stat, unlink] = [promisify(fs.lstat), promisify(fs.stat), promisify(fs.unlink)];

/** Who may watch: the user that the daemon runs as, or its group too. Root always may. */
export type Access = "owner" | "group";

/** bind(2) makes a socket's mode from the umask: 0600 and 0660. */
const umasks: Record<Access, number> = { owner: 0o177, group: 0o117 };

/**
 * Lets `server` listen at `path`, which never has more rights than `access` says. What a daemon that was killed has left
 * there is removed; anything else stays, and the server's `error` follows.
 */
export async function listenAt(server: Server, path: string, access: Access): Promise<void> {
  const folder = dirname(path);
  // libuv reports a missing folder as EACCES.
  if (await isMissing(folder)) {
    const help = "make it, or name it by RuntimeDirectory= in the service";
    server.emit("error", new Error(`its folder ${folder} does not exist: ${help}`));
    return;
  }
  // If it cannot be removed, bind fails and says so.
  if (await isStale(path)) await unlink(path).catch(() => {});
  const umask = process.umask(umasks[access]);
  // Binds before it returns, so under this umask.
  server.listen(path);
  process.umask(umask);
}

async function isMissing(folder: string): Promise<boolean> {
  return await stat(folder).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}

/** Whether at `path` is a socket that nobody listens at. */
async function isStale(path: string): Promise<boolean> {
  // If it cannot be looked at, bind says why.
  const isSocket = await lstat(path).then(
    (stat) => stat.isSocket(),
    () => false,
  );
  if (!isSocket) return false;
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
}
