import type { Health } from "../observe/health-socket.ts";
import { type AllFacts, type Status, toStatus } from "../observe/status.ts";
import { statusText } from "../observe/status-text.ts";
import type { HealthFault } from "../systemd/health.ts";

/** What whoever asks is told. */
export function healthOf(
  fault: HealthFault | undefined,
  facts: AllFacts,
  about: Pick<Status, "version" | "upMs">,
): Health {
  const status = toStatus(facts, { ...about, nodeVersion: process.version });
  return { isHealthy: fault === undefined, text: fault?.text ?? statusText(facts), status };
}
