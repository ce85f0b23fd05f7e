import type { Config } from "../config/load.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Health } from "../observe/health-socket.ts";
import type { AllFacts } from "../observe/status.ts";
import type { Clock } from "../runtime/clock.ts";
import { type HealthFault, healthFault } from "../systemd/health.ts";
import { examineHealth } from "../systemd/watchdog.ts";
import type { BoardConnection } from "./board-connection.ts";
import { boardStatus } from "./board-status.ts";
import { healthOf } from "./health-of.ts";
import type { HubConnection } from "./hub-connection.ts";
import type { LocalHands } from "./local-hands.ts";
import type { DaemonHealth } from "./service-manager.ts";

export interface ConditionParts {
  readonly clock: Pick<Clock, "now">;
  readonly config: () => Config;
  readonly version: string;
  readonly gateway: Gateway;
  readonly hub: HubConnection;
  readonly boards: ReadonlyMap<string, BoardConnection>;
  readonly hands: LocalHands;
}

/** How the daemon is, for systemd and for whoever asks. */
export class Condition {
  readonly #parts: ConditionParts;
  readonly #startedAt: number;

  constructor(parts: ConditionParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  get upMs(): number {
    return this.#parts.clock.now() - this.#startedAt;
  }

  /** Of what depends on nobody else. */
  readonly health = (): DaemonHealth => {
    const { gateway, hub, config } = this.#parts;
    return {
      ...gateway.lateness(),
      sessionSilentMs: hub.silentMs(),
      keepaliveMs: config().hub.keepaliveS * 1000,
    };
  };

  readonly status = (): AllFacts => {
    const { clock, gateway, hub, boards, hands } = this.#parts;
    return {
      hub: hub.status,
      boards: gateway.boards.map((board) => {
        const connection = boards.get(board.name);
        if (connection === undefined) throw new Error(`no connection to board ${board.name}`);
        return {
          ...boardStatus(board, clock.now()),
          serial: connection.status,
          released: hands.released(board.name),
          offlineBecause: hub.offlineBecause(board.name),
        };
      }),
    };
  };

  /** By what the watchdog looks at as well. */
  examine(): Promise<Health> {
    return new Promise((resolve) => examineHealth(this.health, (fault) => resolve(this.#told(fault))));
  }

  /** The same at once: whoever asks runs in the event loop, whose lag is not looked at. */
  examined(): Health {
    return this.#told(healthFault({ ...this.health(), loopLagMs: 0 }));
  }

  #told(fault: HealthFault | undefined): Health {
    return healthOf(fault, this.status(), { version: this.#parts.version, upMs: this.upMs });
  }
}
