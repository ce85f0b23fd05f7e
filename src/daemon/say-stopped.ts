import { summaryOf } from "../gateway/counts.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { shownName } from "../runtime/board-name.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { logOf } from "../runtime/logger.ts";
import { seconds } from "../runtime/text.ts";

/** The last lines of a log: what has happened in all, to each board and to all of them. */
export function sayStopped(gateway: Gateway, upMs: number, log: CollapsingLog): void {
  log.flush();
  for (const { name, counts } of gateway.boards)
    if (shownName(name) !== undefined) logOf(name, log).say("info", "board stopped", `in all ${summaryOf([counts])}`);
  log.say("info", "stopped", `stopped after ${seconds(upMs)}: ${gateway.summary()}`);
}
