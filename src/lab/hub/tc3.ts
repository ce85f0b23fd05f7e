// TC3-HMAC-SHA256, the signature of Tencent Cloud's API, version 3. Pure.
import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { equal } from "./credentials.ts";

/** A key of the cloud API. */
export interface CloudKey {
  readonly secretId: string;
  readonly secretKey: string;
}

/** What of an HTTP request is signed; the API knows only POST to `/` without a query here. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Error codes of the API for a request whose signature is not valid. */
export type SignatureErrorCode =
  | "AuthFailure.SecretIdNotFound"
  | "AuthFailure.SignatureExpire"
  | "AuthFailure.SignatureFailure"
  | "InvalidAuthorization"
  | "MissingParameter";

/** The API takes a signature for five minutes either way. */
const timestampToleranceS = 300;

const authorizationForm =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d\d-\d\d)\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** What is wrong with a request's signature, or undefined; `nowMs` is Unix time. */
export function signatureProblem(request: SignedRequest, key: CloudKey, nowMs: number): SignatureErrorCode | undefined {
  const { headers } = request;
  const timestamp = headers["x-tc-timestamp"];
  if (typeof timestamp !== "string") return "MissingParameter";
  const [, secretId, date, service, signedHeaders, signature] =
    authorizationForm.exec(headers.authorization ?? "") ?? [];
  if (!secretId || !date || !service || !signedHeaders || !signature) return "InvalidAuthorization";
  if (!equal(secretId, key.secretId)) return "AuthFailure.SecretIdNotFound";
  // Written so that a timestamp that is no number has expired too.
  if (!(Math.abs(Number(timestamp) - nowMs / 1000) <= timestampToleranceS)) return "AuthFailure.SignatureExpire";
  if (date !== utcDate(Number(timestamp))) return "AuthFailure.SignatureFailure";
  const names = signedHeaders.split(";");
  if (!names.includes("content-type") || !names.includes("host")) return "AuthFailure.SignatureFailure";

  const scope = `${date}/${service}/tc3_request`;
  const signingKey = [date, service, "tc3_request"].reduce<string | Buffer>(hmac, `TC3${key.secretKey}`);
  const right = hostsOf(headers).some((host) => {
    const canonicalHeaders = names.map((name) => `${name}:${canonicalValue(name === "host" ? host : headers[name])}\n`);
    const canonical = ["POST", "/", "", canonicalHeaders.join(""), signedHeaders, sha256Hex(request.body)].join("\n");
    const toSign = ["TC3-HMAC-SHA256", timestamp, scope, sha256Hex(canonical)].join("\n");
    return equal(hmac(signingKey, toSign).toString("hex"), signature);
  });
  return right ? undefined : "AuthFailure.SignatureFailure";
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
