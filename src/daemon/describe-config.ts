import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";
import { deadlineGuardMs } from "../core/request.ts";
import { shownName } from "../runtime/board-name.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { hangingPortsMax } from "../runtime/thread-pool.ts";

/** One line of the log; `board` is whose it is, undefined for what belongs to no board by name. */
export interface ConfigLine {
  readonly board: string | undefined;
  readonly text: string;
}

/** Tells it the log. */
export function sayConfig(config: Config, log: Log): void {
  for (const { board, text } of describeConfig(config, hangingPortsMax()))
    logOf(board, log).say("info", `config ${text}`, text);
}

/**
 * What is logged of a configuration that is taken: which device, where the board is, and how the deadline comes about. One line for
 * each of several boards.
 *
 * @param hangingMax how many ports may hang in their drivers before other boards are held up
 */
export function describeConfig({ hub, boards, log }: Config, hangingMax: number): readonly ConfigLine[] {
  const { productId, deviceName } = hub.identity;
  const device = `device ${deviceName} of product ${productId}`;
  const [board] = boards;
  if (board !== undefined && shownName(board.name) === undefined) {
    const { serial, rrpc } = board;
    return [
      { board: undefined, text: `${device}, mcu on ${serial.path}, log level ${log.level}` },
      { board: undefined, text: `${deadlineText(rrpc)}; errors go out ${deadlineGuardMs} ms before it` },
    ];
  }
  const count = `${boards.length} ${boards.length === 1 ? "board" : "boards"}`;
  return [
    { board: undefined, text: `${device}, ${count}, log level ${log.level}` },
    ...boards.map((one) => ({
      board: one.name,
      text: `${deviceText(one.device)}, mcu on ${one.serial.path}, ${deadlineText(one.rrpc)}`,
    })),
    ...(boards.length <= hangingMax ? [] : [{ board: undefined, text: threadsText(boards.length, hangingMax) }]),
  ];
}

/** The threads are counted when the service starts: a reload may have brought more boards. */
function threadsText(boards: number, hangingMax: number): string {
  const ports = hangingMax === 1 ? "1 port" : `${hangingMax} ports`;
  return `threads for ${ports} whose driver hangs, and ${boards} boards: a restart gives each board its own, unless UV_THREADPOOL_SIZE is set`;
}

function deviceText(device: BoardConfig["device"]): string {
  if (device.kind === "gateway") return "answers for the gateway's own device";
  const { productId, deviceName, presence } = device;
  const absence = presence.kind === "board" ? `, offline once its board is away for ${presence.afterMs / 1000} s` : "";
  return `device ${deviceName} of product ${productId}${absence}`;
}

function deadlineText({ cutoffMs, marginMs }: BoardConfig["rrpc"]): string {
  return `deadline ${cutoffMs - marginMs} ms: cutoff ${cutoffMs} ms less ${marginMs} ms for the network`;
}
