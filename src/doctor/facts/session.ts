import type { BoardConfig } from "../../config/board-config.ts";
import { openSession, type Session } from "../../iot-hub/session.ts";
import type { SessionFacts } from "../checks/hub.ts";
import type { OnlineFacts } from "../checks/online.ts";
import type { HubTarget } from "./hub.ts";

/**
 * How long the boards are waited for once the session is up. Each gets its answers within 10 s, or is told to have none; 98 boards are asked
 * in turn, within the hub's message rate, which takes 7 s.
 */
const boardsLimitMs = 30_000;

/**
 * A whole session, ended as soon as it is up and the hub has said something of each board: CONNECT, SUBSCRIBE, sub-devices online and
 * offline again, DISCONNECT. None is bound: that would outlast the session. An address of `addresses` that says nothing is left for
 * another one, as the daemon does.
 */
export async function trySession(
  target: HubTarget,
  boards: readonly BoardConfig[],
  addresses: readonly string[],
  avoid: readonly string[],
): Promise<SessionFacts> {
  const { facts, address } = await tryOneSession(target, boards, avoid);
  const isMute = facts.kind === "failed" && facts.end.kind === "connack_timeout" && address !== undefined;
  if (!isMute || avoid.includes(address) || avoid.length + 1 >= addresses.length) return facts;
  return await trySession(target, boards, addresses, [...avoid, address]);
}

function tryOneSession(
  { hub, endpoint, stepLimitMs }: HubTarget,
  boards: readonly BoardConfig[],
  avoid: readonly string[],
): Promise<{ readonly facts: SessionFacts; readonly address: string | undefined }> {
  return new Promise((resolve) => {
    let roundTripMs: number | undefined;
    let limit: NodeJS.Timeout | undefined;
    const online = new Map<string, OnlineFacts>();
    const limits = { pingIntervalMs: hub.pingIntervalS * 1000, connectTimeoutMs: stepLimitMs };
    const now = () => performance.now();
    // Nothing is asked of doctor, so nothing is open.
    const settled = () => Promise.resolve();
    const options = { ...hub, boards: boards.map((board) => boardOptions(board, hub.identity)), endpoint };
    const session: Session = openSession({ ...options, ...limits, avoid, now, settled }, (event) => {
      switch (event.kind) {
        case "up":
          roundTripMs = event.roundTripMs;
          limit = setTimeout(() => session.end(), boardsLimitMs);
          break;
        case "board_up":
          told(event.board, { kind: "online" });
          break;
        case "board_down":
          told(event.board, event.reason);
          break;
        case "down": {
          clearTimeout(limit);
          const { address, cause: end } = event;
          const facts: SessionFacts =
            roundTripMs === undefined ? { kind: "failed", end } : { kind: "up", roundTripMs, online };
          resolve({ facts, address });
          break;
        }
        case "request":
        case "dropped":
          break;
        default:
          event satisfies never;
      }
    });

    /** What the hub says first counts: the session would ask again. */
    function told(board: string, facts: OnlineFacts): void {
      if (!online.has(board)) online.set(board, facts);
      if (online.size === boards.length) session.end();
    }
  });
}

function boardOptions({ name: board, device }: BoardConfig, { productId, deviceName }: HubTarget["hub"]["identity"]) {
  if (device.kind === "gateway") return { board, productId, deviceName, subDevice: undefined };
  const { productId: product, deviceName: itsName } = device;
  return { board, productId: product, deviceName: itsName, subDevice: { secret: undefined, isPresent: true } };
}
