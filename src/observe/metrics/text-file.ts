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
      if (!(error instanceof Error && "syscall" in error)) throw error;
      if (error.message !== said) log.say("warn", "metrics file", `metrics: ${error.message}`);
      said = error.message;
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
