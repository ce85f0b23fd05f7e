import { open, rename, rm } from "node:fs/promises";
import type { Log } from "../../runtime/logger.ts";

/** node_exporter is another user, and the service's umask leaves nothing to others. */
const mode = 0o644;

/**
 * Writes what `text` says to `file` at once and then regularly. The file is there whole or not at all: it is written
 * beside and renamed, and removed at the end, so that nothing reads the figures of a gateway that is gone.
 */
export function maintainTextFile(
  file: string,
  { intervalMs, text, log }: { readonly intervalMs: number; readonly text: () => Promise<string>; readonly log: Log },
): { close(): Promise<void> } {
  // node_exporter reads only what ends in .prom.
  const beside = `${file}.new`;
  let isWriting = false;
  /** What was said last: the same at every writing would fill the log. */
  let said: string | undefined;
  let writing = write();
  const timer = setInterval(() => {
    // A disk that hangs must not pile up writes.
    if (!isWriting) writing = write();
  }, intervalMs).unref();

  async function write(): Promise<void> {
    isWriting = true;
    try {
      await writeAnew(beside, await text());
      await rename(beside, file);
      said = undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const text = `metrics.file: ${file} cannot be written: ${whyNotWritten(error)} (tried again every ${intervalMs / 1000} s)`;
      if (text !== said) log.say("warn", "metrics file", text);
      said = text;
    } finally {
      isWriting = false;
    }
  }

  return {
    async close() {
      clearInterval(timer);
      await writing;
      await rm(file, { force: true }).catch(() => {});
    },
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** The system's own words name the file beside, which nobody has configured. */
function whyNotWritten({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "its folder is missing; make the folder";
    case "ENOTDIR":
      return "what should be its folder is a file";
    case "EACCES":
    case "EPERM":
      return "the gateway's user may not write in its folder";
    case "EROFS":
      return "its folder can only be read; the unit's ReadWritePaths= opens one to the service";
    case "ENOSPC":
      return "the disk is full";
    case "EISDIR":
      return "it is a folder; name a file in it";
    default:
      return message;
  }
}

/** Whatever is there is removed and not written to: in a folder of others it may be a link to a file of ours. */
async function writeAnew(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}
