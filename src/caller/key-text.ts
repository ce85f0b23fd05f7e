import type { ApiKey } from "./sign.ts";

/**
 * The key in the text of a file, undefined where it lacks a part: `secret_id = …` and `secret_key = …`, as Tencent's
 * SDKs keep it in ~/.tencentcloud/credentials, or the JSON with `secretId` and `secretKey` of its command line program.
 */
export function readKeyText(text: string): ApiKey | undefined {
  const [secretId, secretKey] = ["id", "key"].map((part) => {
    return new RegExp(`secret_?${part}"?\\s*[:=]\\s*"?([^\\s",}]+)`, "i").exec(text)?.[1];
  });
  return secretId === undefined || secretKey === undefined ? undefined : { secretId, secretKey };
}
