// The cloud side: HTTP in the shapes of Tencent Cloud's API, version 3, with the one action PublishRRPCMessage.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type ApiError, type ApiErrorCode, apiError } from "./api-errors.ts";
import type { CallResult } from "./calls.ts";
import type { DeviceName } from "./device.ts";
import type { Observe } from "./events.ts";
import { rateLimit } from "./rate-limit.ts";
import { type CloudKey, signatureProblem } from "./tc3.ts";

/** What the cloud side needs. */
export interface CloudApiOptions {
  /** The one key whose signature is taken; undefined takes every request, signed or not. */
  readonly cloudKey: CloudKey | undefined;
  /** Calls taken within one second; more get RequestLimitExceeded. The API's limit is 20. */
  readonly callsPerSecondMax: number;
  /** Unix time, for the age of signatures. */
  readonly now: () => number;
  /** Told of every request that is refused before there is a call. */
  readonly observe: Observe;
  readonly call: (device: DeviceName, payload: Buffer) => Promise<CallResult>;
}

/** What PublishRRPCMessage answers when the device has replied. MessageId is the processID, as a number. */
interface Reply {
  readonly MessageId: number;
  readonly PayloadBase64: string;
}

/** Both have the action; the older one is what long-lived applications ask for. */
const versions = ["2021-04-08", "2018-06-14"];

/** The API's own limit on a request signed with TC3-HMAC-SHA256. */
const requestBytesMax = 10 * 1024 * 1024;

/** An HTTP server that answers `POST /`. It does not listen yet. */
export function createCloudApi(options: CloudApiOptions): Server {
  const withinRate = rateLimit(options.callsPerSecondMax);

  /** The parameters of a call that may be made now, or why it is refused. */
  async function read(request: IncomingMessage): Promise<Parameters> {
    const { headers } = request;
    if (request.method !== "POST" || request.url !== "/") return invalid("UnsupportedProtocol");
    const body = await readBody(request);
    if (body === undefined) return invalid("RequestSizeLimitExceeded");
    if (headers["x-tc-action"] === undefined) return invalid("MissingParameter", "X-TC-Action");
    if (headers["x-tc-version"] === undefined) return invalid("MissingParameter", "X-TC-Version");
    const problem = options.cloudKey && signatureProblem({ headers, body }, options.cloudKey, options.now());
    if (problem !== undefined) return invalid(problem.code, problem.subject);
    if (!versions.includes(String(headers["x-tc-version"]))) return invalid("NoSuchVersion");
    if (headers["x-tc-action"] !== "PublishRRPCMessage") return invalid("InvalidAction");
    if (!withinRate()) return invalid("RequestLimitExceeded");
    return parametersOf(body);
  }

  async function answer(request: IncomingMessage): Promise<Reply | ApiError> {
    const parameters = await read(request);
    if (parameters.kind === "invalid") {
      const { Code: code, Message: message } = parameters.error.Error;
      options.observe({ kind: "refused_call", code, message });
      return parameters.error;
    }
    const { ProductId: productId, DeviceName: deviceName, Payload: payload } = parameters.values;
    const result = await options.call({ productId, deviceName }, Buffer.from(payload, "utf8"));
    return result.kind === "answered"
      ? { MessageId: Number(result.processId), PayloadBase64: result.payload.toString("base64") }
      : apiError(result.code);
  }

  return createServer((request, response) => {
    answer(request).then(
      (reply) => {
        response.setHeader("Content-Type", "application/json");
        // The rest of a request that was refused unread must not be taken for the next request.
        if (!request.complete) response.setHeader("Connection", "close");
        response.end(JSON.stringify({ Response: { ...reply, RequestId: randomUUID() } }));
      },
      // The caller went away while its request was read: nobody is left to answer.
      () => response.destroy(),
    );
  });
}

/** The whole body, or undefined when it is longer than the limit. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > requestBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const parameterNames = ["ProductId", "DeviceName", "Payload"] as const;
type Parameters =
  | { readonly kind: "valid"; readonly values: Readonly<Record<(typeof parameterNames)[number], string>> }
  | { readonly kind: "invalid"; readonly error: ApiError };

function parametersOf(body: Buffer): Parameters {
  const given = jsonObject(body);
  if (given === undefined) return invalid("InvalidParameter", "the body is no JSON object");
  const unknown = Object.keys(given).find((name) => !parameterNames.some((known) => known === name));
  if (unknown !== undefined) return invalid("UnknownParameter", unknown);
  const values = { ProductId: "", DeviceName: "", Payload: "" };
  for (const name of parameterNames) {
    const value = given[name];
    if (value === undefined || value === null) return invalid("MissingParameter", name);
    if (typeof value !== "string") return invalid("InvalidParameter", `${name} is no string`);
    values[name] = value;
  }
  return { kind: "valid", values };
}

function invalid(code: ApiErrorCode, subject?: string): Parameters {
  return { kind: "invalid", error: apiError(code, subject) };
}

function jsonObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
