// The cloud's open calls: each gets a processId, waits for the reply with that processId, and ends at the cutoff.
// Knows neither MQTT nor HTTP.

/** Why a call is refused before anything is published; the codes of PublishRRPCMessage. */
export type RefusedCallCode =
  | "FailedOperation.DeviceNoSubscription"
  | "FailedOperation.DeviceOffline"
  | "InvalidParameterValue.PayloadOverLimit"
  | "ResourceNotFound.DeviceNotExist";

/** Why a call whose request was published has no reply: the cutoff, or the hub's own end. */
export type UnansweredCallCode = "FailedOperation.RRPCTimeout" | "InternalError";

/** When a call arrived, when its request was published, and when it ended: milliseconds of one monotonic clock. */
export interface CallTimes {
  readonly arrivedMs: number;
  readonly publishedMs: number;
  readonly endedMs: number;
}

/** How a call ended. One that was refused has neither processId nor times. */
export type CallResult =
  | { readonly kind: "answered"; readonly processId: string; readonly payload: Buffer; readonly times: CallTimes }
  | {
      readonly kind: "failed";
      readonly code: UnansweredCallCode;
      readonly processId: string;
      readonly times: CallTimes;
    }
  | { readonly kind: "failed"; readonly code: RefusedCallCode; readonly processId?: never; readonly times?: never };

/** What a reply was; only `answered` reaches a caller. */
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

type Ending =
  | { readonly kind: "answered"; readonly payload: Buffer }
  | { readonly kind: "failed"; readonly code: UnansweredCallCode };
type State = { readonly kind: "open"; readonly end: (ending: Ending) => void } | { readonly kind: Ending["kind"] };

/** A processId's last call. */
interface Call {
  state: State;
}

/** processIds look like a 16-bit counter in every sample, so the hub's repeat after that many calls. */
const processIdCount = 65_536;

/** Calls that end no later than `cutoffMs` after they were opened, which is when their request is sent. */
export function createCalls(cutoffMs: number): Calls {
  // Bounded by the number of processIds for each device: an id that is used again replaces the call before it.
  const calls = new Map<string, Call>();
  /** The same id may be that of a call to another device: nothing says that the hub's are unique across devices. */
  const keyOf = (clientId: string, processId: string) => `${clientId}/${processId}`;
  let counter = Math.floor(Math.random() * processIdCount);

  function nextProcessId(clientId: string): string {
    for (let tries = 0; tries < processIdCount; tries += 1) {
      counter = (counter + 1) % processIdCount;
      const processId = String(counter);
      if (calls.get(keyOf(clientId, processId))?.state.kind !== "open") return processId;
    }
    throw new Error("every processId has a call open");
  }

  return {
    open(clientId, arrivedMs, processId = nextProcessId(clientId)) {
      const key = keyOf(clientId, processId);
      if (calls.get(key)?.state.kind === "open") throw new Error(`processId ${processId} has a call open`);
      const publishedMs = performance.now();
      const result = new Promise<CallResult>((resolve) => {
        const call: Call = { state: { kind: "open", end } };
        const cutoff = setTimeout(() => end({ kind: "failed", code: "FailedOperation.RRPCTimeout" }), cutoffMs);
        calls.set(key, call);
        function end(ending: Ending) {
          clearTimeout(cutoff);
          call.state = { kind: ending.kind };
          resolve(resultOf(ending, processId, { arrivedMs, publishedMs, endedMs: performance.now() }));
        }
      });
      return { processId, result };
    },

    reply(clientId, processId, payload) {
      const call = calls.get(keyOf(clientId, processId));
      if (call === undefined) return "unknown_reply";
      switch (call.state.kind) {
        case "open":
          call.state.end({ kind: "answered", payload });
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
      for (const { state } of calls.values())
        if (state.kind === "open") state.end({ kind: "failed", code: "InternalError" });
    },
  };
}

function resultOf(ending: Ending, processId: string, times: CallTimes): CallResult {
  return { ...ending, processId, times };
}
