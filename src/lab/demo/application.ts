// The demo's cloud application: it knows the cloud's API and the format of errors, nothing else.

/** The error that an application gets instead of a reply: code, reason and executed are the contract. */
export interface CallError {
  readonly source: string;
  readonly code: string;
  readonly reason: string;
  readonly executed: string;
  readonly message: string;
  /** The MCU's own text, if it has refused. */
  readonly mcuText?: string;
}

/** How a call ended: with the MCU's reply, with an error from gateway or MCU, or with one of the cloud's own. */
export type CallOutcome =
  | { readonly kind: "answered"; readonly reply: string }
  | { readonly kind: "error"; readonly error: CallError }
  | { readonly kind: "cloud_error"; readonly code: string };

/** A call that has ended, with its time as the application saw it. */
export interface Call {
  /** Which board was called, where that is to be shown. */
  readonly board?: string;
  readonly payload: string;
  readonly ms: number;
  readonly outcome: CallOutcome;
}

export interface Application {
  /** Opens the connection for all calls, so that the first call's time does not include that. */
  connect(): Promise<void>;
  /** Every call that has ended, in order of end. */
  readonly calls: readonly Call[];
  /** PublishRRPCMessage. Rejects only if the demo is interrupted. */
  call(payload: string): Promise<Call>;
}

/** An application that calls one device at `url`; fetch keeps its connections. */
export function createApplication(
  url: string,
  device: { readonly productId: string; readonly deviceName: string },
  signal: AbortSignal,
): Application {
  const calls: Call[] = [];
  const headers = {
    "Content-Type": "application/json",
    "X-TC-Action": "PublishRRPCMessage",
    "X-TC-Version": "2021-04-08",
  };
  return {
    calls,
    async connect() {
      // The API answers that it serves only POST.
      await (await fetch(url, { signal })).text();
    },
    async call(payload) {
      const body = JSON.stringify({ ProductId: device.productId, DeviceName: device.deviceName, Payload: payload });
      const startedAt = performance.now();
      const response = await fetch(url, { method: "POST", headers, body, signal });
      const outcome = outcomeOf((await response.json()) as ApiResponse);
      const call = { payload, ms: performance.now() - startedAt, outcome };
      calls.push(call);
      return call;
    },
  };
}

interface ApiResponse {
  readonly Response: { readonly PayloadBase64: string } | { readonly Error: { readonly Code: string } };
}

function outcomeOf({ Response: response }: ApiResponse): CallOutcome {
  if ("Error" in response) return { kind: "cloud_error", code: response.Error.Code };
  const reply = Buffer.from(response.PayloadBase64, "base64").toString("utf8");
  const error = errorIn(reply);
  return error === undefined ? { kind: "answered", reply } : { kind: "error", error };
}

function errorIn(reply: string): CallError | undefined {
  if (!reply.startsWith('{"error":')) return undefined;
  return (JSON.parse(reply) as { readonly error: CallError }).error;
}
