// One call of PublishRRPCMessage, to Tencent's API or to anything in its shape.
import { type ApiKey, authorization } from "./sign.ts";

/** Where calls go and how. */
export interface CloudApi {
  readonly url: URL;
  /** Undefined sends the request unsigned, which only a simulated hub takes. */
  readonly key: ApiKey | undefined;
  /** Tencent's API needs one; undefined sends none. */
  readonly region: string | undefined;
  /** When to give the call up. */
  readonly timeoutMs: number;
}

/** Whom to call, and with what. `payload` is text: the API has no way to carry anything else. */
export interface RrpcCall {
  readonly productId: string;
  readonly deviceName: string;
  readonly payload: string;
}

/** What came of a call, before anybody has looked into the payload. */
export type RrpcResult =
  | { readonly kind: "replied"; readonly payload: Buffer; readonly processId: string }
  /** The API's own error. */
  | { readonly kind: "api_error"; readonly code: string; readonly message: string }
  /** No connection came to be: nothing was sent. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** The request was sent, and no answer that can be understood came back. */
  | { readonly kind: "unanswered"; readonly message: string };

const service = "iotcloud";
const contentType = "application/json; charset=utf-8";

/** Calls once; nothing is repeated, since a call may have been carried out without its answer coming back. */
export async function publishRrpc(api: CloudApi, call: RrpcCall): Promise<RrpcResult> {
  const { productId, deviceName, payload } = call;
  const body = Buffer.from(JSON.stringify({ ProductId: productId, DeviceName: deviceName, Payload: payload }));
  const timestampS = Math.floor(Date.now() / 1000);
  const headers: Record<string, string> = {
    "Content-Type": contentType,
    "X-TC-Action": "PublishRRPCMessage",
    "X-TC-Version": "2021-04-08",
    "X-TC-Timestamp": String(timestampS),
  };
  if (api.region !== undefined) headers["X-TC-Region"] = api.region;
  if (api.key?.token !== undefined) headers["X-TC-Token"] = api.key.token;
  if (api.key !== undefined) {
    headers["Authorization"] = await authorization({ url: api.url, contentType, body, service, timestampS }, api.key);
  }
  const signal = AbortSignal.timeout(api.timeoutMs);
  try {
    const response = await fetch(api.url, { method: "POST", headers, body, signal, redirect: "error" });
    return resultOf(await response.text(), response.status);
  } catch (error) {
    return failure(error as Error, api.timeoutMs);
  }
}

/** The API answers everything, errors too, with status 200 and JSON. */
function resultOf(text: string, status: number): RrpcResult {
  const { Response: response } = parsed(text) ?? {};
  if (typeof response !== "object" || response === null) {
    return { kind: "unanswered", message: `HTTP status ${status} without the API's JSON: is this the API's address?` };
  }
  if ("Error" in response) {
    const { Code: code, Message: message } = response.Error as Record<string, unknown>;
    return { kind: "api_error", code: String(code), message: String(message) };
  }
  const { PayloadBase64: payload, MessageId: id } = response as Record<string, unknown>;
  if (typeof payload !== "string") return { kind: "unanswered", message: "the API's answer has no payload" };
  // An integer by the documentation, null sometimes.
  return { kind: "replied", payload: Buffer.from(payload, "base64"), processId: String(id ?? "unknown") };
}

function parsed(text: string): { readonly Response?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The steps before the first byte of a request: what fails in them has sent nothing. */
const stepsBefore = ["getaddrinfo", "connect"];

/** The same by what they are called where no step is named. A certificate is looked at before anything is sent, too. */
const unsentCode = /^UND_ERR_CONNECT_TIMEOUT$|^ERR_SSL_WRONG_VERSION_NUMBER$|CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_/;

/** Ports of other services, which the Fetch standard forbids. */
const forbiddenPort = "bad port";

type Cause = Error & { readonly code?: string; readonly syscall?: string; readonly errors?: readonly Cause[] };

/** fetch says "fetch failed" and has the reason as its cause, after attempts at several addresses as a list. */
function failure(error: Error, timeoutMs: number): RrpcResult {
  if (error.name === "TimeoutError") return { kind: "unanswered", message: `no answer within ${timeoutMs} ms` };
  if (!(error instanceof TypeError)) throw error;
  const { cause } = error as { cause?: Cause };
  const causes = cause === undefined ? [] : (cause.errors ?? [cause]);
  const message = causes.map((one) => one.message).join("; ") || cause?.message || error.message;
  if (message === forbiddenPort)
    return { kind: "unreachable", message: `${forbiddenPort}: HTTP clients use no such port` };
  const isUnsent = causes.length > 0 && causes.every(wasBeforeSending);
  return { kind: isUnsent ? "unreachable" : "unanswered", message };
}

function wasBeforeSending({ code = "", syscall = "" }: Cause): boolean {
  return stepsBefore.includes(syscall) || unsentCode.test(code);
}
