import type { ApiKey } from "./sign.ts";

/**
 * The key in the text of a file, undefined where it lacks a part: `secret_id = …` and `secret_key = …`, as Tencent's
 * SDKs keep it in ~/.tencentcloud/credentials, or the JSON with `secretId` and `secretKey` of its command line program. Temporary
 * credentials have a `token` as well; those that Tencent's STS has answered (`TmpSecretId`, `TmpSecretKey`, `Token`) are taken as
 * they are. Of several profiles `[default]` counts.
 */
export function readKeyText(text: string): ApiKey | undefined {
  const profile = /^\s*\[default\]\s*$([\s\S]*?)(?:^\s*\[|(?![\s\S]))/m.exec(text)?.[1] ?? text;
  const secretId = fieldIn("secret_?id", profile);
  const secretKey = fieldIn("secret_?key", profile);
  const token = fieldIn("token", profile);
  if (secretId === undefined || secretKey === undefined) return undefined;
  return { secretId, secretKey, ...(token !== undefined && { token }) };
}

function fieldIn(name: string, text: string): string | undefined {
  const value = new RegExp(`${name}"?[^\\S\\n]*[:=][^\\S\\n]*"?([^\\s",}]+)`, "i").exec(text)?.[1];
  return value === "null" ? undefined : value;
}
