import type { BoardConfig } from "../config/board-config.ts";
import type { SessionFacts } from "./checks/hub.ts";
import { checkOnline } from "./checks/online.ts";
import type { GatewayStatus } from "./facts/status.ts";
import { type Finding, unknown } from "./finding.ts";
import { asksGateway, type DoctorRun } from "./run.ts";

const id = "board.online";

/** What is known of the hub: by our own gateway, if it runs, or by doctor's own session; undefined where nothing is. */
export interface HubKnowledge {
  readonly status: GatewayStatus | undefined;
  /** Undefined where no session was tried. */
  readonly session: Promise<SessionFacts | undefined>;
}

/** Whether the hub passes calls of a board's own device on; nothing of the board that answers for the gateway's device. */
export async function* checkBoardOnline(
  run: DoctorRun,
  { name, device }: BoardConfig,
  { status, session }: HubKnowledge,
): AsyncGenerator<Finding> {
  if (device.kind === "gateway") return;
  const bindsItself = device.secret !== undefined;
  if (asksGateway(run)) {
    const who = `our own gateway (process ${run.gateway.pid})`;
    const ofBoard = status?.of(name);
    if (status?.isSessionUp === false) yield unknown(id, "not_seen", `not visible: ${who} has no session with the hub`);
    else if (ofBoard === undefined)
      yield unknown(id, "not_seen", `not visible: ${who} does not say it`, metricHelp(name));
    else yield checkOnline(ofBoard.offlineBecause ?? { kind: "online" }, `${who} says: `, bindsItself);
    return;
  }
  const facts = await session;
  if (facts?.kind !== "up") return yield unknown(id, "not_tried", "not tried: there is no session with the hub");
  const online = facts.online.get(name);
  yield online === undefined
    ? unknown(id, "not_seen", "not visible: the session has ended before the hub has said it")
    : checkOnline(online, "", bindsItself);
}

/** Of many boards that do not serve, a status only counts the last ones. */
function metricHelp(board: string): string {
  return `its metrics say it, if the gateway has some: rrpc_gateway_board_online{board="${board}"}`;
}
