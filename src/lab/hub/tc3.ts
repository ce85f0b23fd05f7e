// TC3-HMAC-SHA256, the signature of Tencent Cloud's API, version 3. Pure.
import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { equal } from "./credentials.ts";

/** A key of the cloud API. */
export interface CloudKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** The session token that belongs to a temporary key; a lasting key has none. */
  readonly token?: string;
}

/** What of an HTTP request is signed; the API knows only POST to `/` without a query here. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Error codes of the API for a request whose signature is not valid. */
export type SignatureErrorCode =
  | "AuthFailure.InvalidAuthorization"
  | "AuthFailure.SecretIdNotFound"
  | "AuthFailure.SignatureExpire"
  | "AuthFailure.SignatureFailure"
  | "AuthFailure.TokenFailure"
  | "MissingParameter";

/** What is wrong with a signature, and what of it where the code alone does not say. */
export interface SignatureProblem {
  readonly code: SignatureErrorCode;
  readonly subject?: string;
}

/** The API's name: a signature is made for one. */
const apiService = "iotcloud";

/** The API takes a signature for five minutes either way. */
const timestampToleranceS = 300;

const authorizationForm =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d\d-\d\d)\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** What is wrong with a request's signature, or undefined; `nowMs` is Unix time. */
export function signatureProblem(
  { headers, body }: SignedRequest,
  key: CloudKey,
  nowMs: number,
  expectedService = apiService,
): SignatureProblem | undefined {
  const { authorization, "x-tc-timestamp": timestamp, "x-tc-token": token } = headers;
  if (authorization === undefined) return { code: "AuthFailure.InvalidAuthorization", subject: "it is missing" };
  const [, secretId, date, service, signedHeaders, signature] = authorizationForm.exec(authorization) ?? [];
  if (!secretId || !date || !service || !signedHeaders || !signature)
    return { code: "AuthFailure.InvalidAuthorization" };
  if (typeof timestamp !== "string") return { code: "MissingParameter", subject: "X-TC-Timestamp" };
  if (!equal(secretId, key.secretId)) return { code: "AuthFailure.SecretIdNotFound" };
  // Written so that a timestamp that is no number has expired too.
  if (!(Math.abs(Number(timestamp) - nowMs / 1000) <= timestampToleranceS))
    return { code: "AuthFailure.SignatureExpire" };
  const failure = (subject?: string): SignatureProblem => ({
    code: "AuthFailure.SignatureFailure",
    ...(subject !== undefined && { subject }),
  });
  if (date !== utcDate(Number(timestamp))) return failure("its date is not that of X-TC-Timestamp");
  if (service !== expectedService && service !== labelOf(headers.host)) {
    return failure(`it is made for ${service}, not for ${expectedService}`);
  }
  const names = signedHeaders.split(";");
  if (!names.includes("content-type") || !names.includes("host"))
    return failure("content-type and host are not signed");

  const scope = `${date}/${service}/tc3_request`;
  const signingKey = [date, service, "tc3_request"].reduce<string | Buffer>(hmac, `TC3${key.secretKey}`);
  const isRight = hostsOf(headers).some((host) => {
    const canonicalHeaders = names.map((name) => `${name}:${canonicalValue(name === "host" ? host : headers[name])}\n`);
    const canonical = ["POST", "/", "", canonicalHeaders.join(""), signedHeaders, sha256Hex(body)].join("\n");
    const toSign = ["TC3-HMAC-SHA256", timestamp, scope, sha256Hex(canonical)].join("\n");
    return equal(hmac(signingKey, toSign).toString("hex"), signature);
  });
  return isRight ? tokenProblem(token, key) : failure();
}

/** A temporary key is good only with its token, a lasting one only without. */
function tokenProblem(token: string | string[] | undefined, key: CloudKey): SignatureProblem | undefined {
  if (key.token === undefined && token === undefined) return undefined;
  if (key.token === undefined) return { code: "AuthFailure.TokenFailure", subject: "this key has none" };
  if (token === undefined) return { code: "AuthFailure.TokenFailure", subject: "X-TC-Token is missing" };
  return equal(String(token), key.token) ? undefined : { code: "AuthFailure.TokenFailure" };
}

/**
 * The first label of a host that is not Tencent's. The Node.js SDK signs for the first label of its endpoint: right for
 * iotcloud.tencentcloudapi.com, and `127` for a hub at 127.0.0.1.
 */
function labelOf(host = ""): string | undefined {
  return host.endsWith(".tencentcloudapi.com") ? undefined : host.split(/[.:]/)[0];
}

/** Signers disagree on a port: the Node.js SDK leaves it out of what it signs, others sign the header as it is. */
function hostsOf(headers: IncomingHttpHeaders): readonly string[] {
  const host = headers.host ?? "";
  return [host, host.replace(/:\d+$/, "")];
}

function canonicalValue(value: string | string[] | undefined): string {
  return [value ?? ""].flat().join(", ").trim().toLowerCase();
}

function utcDate(unixS: number): string {
  return new Date(unixS * 1000).toISOString().slice(0, 10);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
