import type { Config } from "../config/load.ts";
import { deadlineGuardMs } from "../core/request.ts";

/** What is logged of a configuration that is taken: which device, where the board is, and how the deadline comes about. */
export function describeConfig({ hub, boards, log }: Config): readonly string[] {
  const { productId, deviceName } = hub.identity;
  return boards.flatMap(({ serial, rrpc }) => {
    const deadlineMs = rrpc.cutoffMs - rrpc.marginMs;
    return [
      `device ${deviceName} of product ${productId}, mcu on ${serial.path}, log level ${log.level}`,
      `deadline ${deadlineMs} ms: cutoff ${rrpc.cutoffMs} ms less ${rrpc.marginMs} ms for the network; ` +
        `errors go out ${deadlineGuardMs} ms before it`,
    ];
  });
}
