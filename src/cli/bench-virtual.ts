import { startVirtualMcu } from "../lab/mcu/virtual-mcu.ts";

/** A virtual MCU that keeps every rule and has a counter, to try the bench itself with. */
export async function startVirtualBoard(baudRate: number) {
  let count = 0;
  const mcu = await startVirtualMcu({
    baudRate,
    window: 4,
    crc: true,
    // Above the window, so that a command whose reply was lost is still remembered after others have passed it.
    dedup: 16,
    cancel: true,
    reply: (payload) => (payload.toString() === "count" ? String(++count) : payload),
  }).catch((error: Error) => {
    throw new Error(`a pseudo-terminal needs util-linux's script: ${error.message}`);
  });
  return { path: mcu.tty, restart: () => mcu.control({ kind: "reset" }), close: mcu.close };
}
