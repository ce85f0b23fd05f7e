/** What the daemon knows about itself when the watchdog's beat is due. Durations in ms. */
export interface HealthFacts {
  /** How late a short timer fired just now. */
  readonly loopLagMs: number;
  /** How long ago the correlator's alarm was due; negative while it is not, undefined if none is set. */
  readonly alarmOverdueMs: number | undefined;
  /** How long ago the earliest deadline of an open request was; negative while it is ahead, undefined if there is none. */
  readonly requestOverdueMs: number | undefined;
  /** Since the hub's last packet; undefined while no session is up, which is not the daemon's fault. */
  readonly sessionSilentMs: number | undefined;
  readonly keepaliveMs: number;
}

export interface HealthFault {
  readonly cause: "loop_lagging" | "alarm_overdue" | "request_overdue" | "session_silent";
  /** For the log. */
  readonly text: string;
}

/** A lag of 1 s uses up the margin of a deadline; a busy machine or a garbage collection takes tens of ms. */
const lateMsMax = 1000;

/**
 * mqtt.js pings once in a keepalive, whatever else is sent, and ends the session half a keepalive later. The rest is for an event loop
 * that lags, and for a hub that answers late.
 */
function silentMsMax(keepaliveMs: number): number {
  return 1.5 * keepaliveMs + 20_000;
}

/** The first fault of the daemon itself; undefined if it is healthy. A hub or board that is away is not a fault. */
export function healthFault(facts: HealthFacts): HealthFault | undefined {
  const { loopLagMs, alarmOverdueMs = 0, requestOverdueMs = 0, sessionSilentMs = 0, keepaliveMs } = facts;
  if (loopLagMs > lateMsMax) {
    return { cause: "loop_lagging", text: `the event loop lags by ${Math.round(loopLagMs)} ms` };
  }
  if (alarmOverdueMs > lateMsMax) {
    return { cause: "alarm_overdue", text: `the alarm is overdue by ${Math.round(alarmOverdueMs)} ms` };
  }
  if (requestOverdueMs > lateMsMax) {
    const text = `a request is unanswered ${Math.round(requestOverdueMs)} ms after its deadline`;
    return { cause: "request_overdue", text };
  }
  if (sessionSilentMs > silentMsMax(keepaliveMs)) {
    const text = `the session counts as up, yet the hub has been silent for ${Math.round(sessionSilentMs / 1000)} s`;
    return { cause: "session_silent", text };
  }
  return undefined;
}
