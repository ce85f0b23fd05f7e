// The cloud's open calls: each gets a processId, waits for the reply that carries it, and ends at the cutoff.
// Knows neither MQTT nor HTTP.

/** Why a call is refused before anything is published; the codes of PublishRRPCMessage. */
export type RefusedCallCode =
  | "FailedOperation.DeviceNoSubscription"
  | "FailedOperation.DeviceOffline"
  | "InvalidParameterValue.PayloadOverLimit"
  | "ResourceNotFound.DeviceNotExist";

/** Why a call whose request was published has no reply: the cutoff, or the hub's own end. */
export type UnansweredCallCode = "FailedOperation.RRPCTimeout" | "InternalError";

/** When a call came, when its request was published, and when it ended: milliseconds of one monotonic clock. */
export interface CallTimes {
  readonly arrivedMs: number;
  readonly publishedMs: number;
  readonly endedMs: number;
}

/** How a call ended. One that was refused has neither processId nor times. */
export type CallResult =
  | { readonly outcome: "answered"; readonly processId: string; readonly payload: Buffer; readonly times: CallTimes }
  | {
      readonly outcome: "failed";
      readonly code: UnansweredCallCode;
      readonly processId: string;
      readonly times: CallTimes;
    }
  | { readonly outcome: "failed"; readonly code: RefusedCallCode; readonly processId?: never; readonly times?: never };

/** What became of a reply; all but `answered` reach nobody. */
export type ReplyFate = "answered" | "second_reply" | "late_reply" | "unknown_reply";

/** A call as it was opened: publish its request under this processId now. */
export interface OpenCall {
  readonly processId: string;
  readonly result: Promise<CallResult>;
}

/** The calls of one hub. */
export interface Calls {
  /** Opens a call to a device and starts its cutoff. Throws when the chosen processId has a call open. */
  open(clientId: string, arrivedMs: number, processId?: string): OpenCall;
  /** Takes a device's reply; it can only end the open call of this device that has this processId. */
  reply(clientId: string, processId: string, payload: Buffer): ReplyFate;
  /** Ends all open calls with InternalError. */
  close(): void;
}

type Ending = { readonly payload: Buffer } | { readonly code: UnansweredCallCode };
type State = { readonly is: "open"; readonly end: (ending: Ending) => void } | { readonly is: "answered" | "failed" };

/** What became of a processId's last call. */
interface Call {
  readonly clientId: string;
  state: State;
}

/** processIds look like a 16-bit counter in every sample, so the hub's come back after as many calls. */
const processIdCount = 65_536;

/** Calls that end at the latest `cutoffMs` after they were opened, which is when their request goes out. */
export function createCalls(cutoffMs: number): Calls {
  // Bounded by the count of processIds: an id that is used again replaces its predecessor.
  const calls = new Map<string, Call>();
  let counter = Math.floor(Math.random() * processIdCount);

  function nextProcessId(): string {
    for (let tries = 0; tries < processIdCount; tries += 1) {
      counter = (counter + 1) % processIdCount;
      const processId = String(counter);
      if (calls.get(processId)?.state.is !== "open") return processId;
    }
    throw new Error("every processId has a call open");
  }

  return {
    open(clientId, arrivedMs, processId = nextProcessId()) {
      if (calls.get(processId)?.state.is === "open") throw new Error(`processId ${processId} has a call open`);
      const publishedMs = performance.now();
      const result = new Promise<CallResult>((resolve) => {
        const call: Call = { clientId, state: { is: "open", end } };
        const cutoff = setTimeout(() => end({ code: "FailedOperation.RRPCTimeout" }), cutoffMs);
        calls.set(processId, call);
        function end(ending: Ending) {
          clearTimeout(cutoff);
          call.state = { is: "payload" in ending ? "answered" : "failed" };
          resolve(resultOf(ending, processId, { arrivedMs, publishedMs, endedMs: performance.now() }));
        }
      });
      return { processId, result };
    },

    reply(clientId, processId, payload) {
      const call = calls.get(processId);
      if (call?.clientId !== clientId) return "unknown_reply";
      switch (call.state.is) {
        case "open":
          call.state.end({ payload });
          return "answered";
        case "answered":
          return "second_reply";
        case "failed":
          return "late_reply";
        default:
          return call.state satisfies never;
      }
    },

    close() {
      for (const { state } of calls.values()) if (state.is === "open") state.end({ code: "InternalError" });
    },
  };
}

function resultOf(ending: Ending, processId: string, times: CallTimes): CallResult {
  return "payload" in ending
    ? { outcome: "answered", processId, payload: ending.payload, times }
    : { outcome: "failed", code: ending.code, processId, times };
}
