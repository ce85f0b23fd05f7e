import type { BoardConfig } from "../../config/board-config.ts";
import { type OpenPort, openPort } from "../../serial/open-port.ts";
import { createPortIo } from "../../serial/port-io.ts";

/** As long as opening may hold a board in its boot loader, and its answer after that. */
const limitMs = 2500;

const askAgainMs = 500;

/** Some hellos: enough to see in which format they are. */
const bytesMax = 256;

/**
 * What comes at the port when `question` is asked, as it is: where there are no line ends, there are no lines. Nothing where the port does
 * not open.
 */
export async function readRawBytes(serial: BoardConfig["serial"], question: Buffer): Promise<Buffer> {
  let port: OpenPort;
  try {
    port = await openPort(serial, () => {});
  } catch {
    return Buffer.alloc(0);
  }
  const io = createPortIo(port.tty);
  const pieces: Buffer[] = [];
  let isWriting = false;
  const ask = async () => {
    if (isWriting) return;
    isWriting = true;
    // A port that fails says so to its reader, too.
    await io.write(question).catch(() => {});
    isWriting = false;
  };
  const asking = setInterval(() => void ask(), askAgainMs);
  await new Promise<void>((resolve) => {
    const limit = setTimeout(resolve, limitMs);
    const end = () => {
      clearTimeout(limit);
      resolve();
    };
    io.read({
      onBytes(bytes) {
        pieces.push(Buffer.from(bytes));
        if (pieces.reduce((sum, { length }) => sum + length, 0) >= bytesMax) end();
      },
      onFailed: end,
    });
    void ask();
  });
  clearInterval(asking);
  io.stop();
  await port.release({ flush: true });
  return Buffer.concat(pieces);
}
