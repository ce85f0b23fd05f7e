// Whether a CONNECT is accepted: its credentials, the time since the last one, and what the hub was told to refuse.
// Knows no connection.
import { type ConnectAttempt, type ConnectDecision, checkConnect, type RefusalCode } from "./credentials.ts";
import { clientIdOf, type DeviceName, type HubDevice } from "./device.ts";

/** What decides on CONNECTs. */
export interface AdmissionOptions {
  /** The registered devices by client identifier. */
  readonly devices: ReadonlyMap<string, HubDevice>;
  /** Least time between two CONNECTs of one device; 0 for any. IoT Hub's is 5000. */
  readonly connectIntervalMs: number;
  /** Unix time in ms, for the expiry of credentials. */
  readonly now: () => number;
}

/** Decides on one CONNECT after another. */
export interface Admission {
  admit(attempt: ConnectAttempt): ConnectDecision;
  /** Refuses the device with this code from now on; undefined lets it in again. */
  refuse(device: DeviceName, returnCode: RefusalCode | undefined): void;
}

const toldTo = "the hub was told to refuse this device";

/** An admission that has seen no CONNECT yet. */
export function createAdmission({ devices, connectIntervalMs, now }: AdmissionOptions): Admission {
  const refusals = new Map<string, ConnectDecision>();
  const lastConnectMs = new Map<string, number>();

  function tooSoon(clientId: string): ConnectDecision | undefined {
    const nowMs = performance.now();
    const sinceLastMs = nowMs - (lastConnectMs.get(clientId) ?? Number.NEGATIVE_INFINITY);
    lastConnectMs.set(clientId, nowMs);
    if (sinceLastMs >= connectIntervalMs) return undefined;
    const reason = `the last CONNECT was only ${Math.round(sinceLastMs)} ms ago`;
    return { kind: "refused", returnCode: 3, reason };
  }

  return {
    admit(attempt) {
      const { clientId } = attempt;
      const refusal = devices.has(clientId) ? (tooSoon(clientId) ?? refusals.get(clientId)) : undefined;
      return refusal ?? checkConnect(attempt, devices, now());
    },
    refuse(device, returnCode) {
      if (returnCode === undefined) refusals.delete(clientIdOf(device));
      else refusals.set(clientIdOf(device), { kind: "refused", returnCode, reason: toldTo });
    },
  };
}
