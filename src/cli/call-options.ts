// What `rrpc-gateway call` is asked for: the command line, the environment, and the file with the key.
import { readKeyText } from "../caller/key-text.ts";
import type { CloudApi, RrpcCall } from "../caller/publish-rrpc.ts";
import type { ApiKey } from "../caller/sign.ts";
import { meantHint } from "../config/nearest.ts";
import { readTextFile } from "../config/text-file.ts";
import { apiRegions, regionSynonyms, regions } from "../iot-hub/regions.ts";
import { OptionReader, type Problems } from "./option-reader.ts";

/** The options as they stand on the command line. */
export interface CallCommandOptions {
  readonly cloud?: boolean;
  readonly url?: string;
  readonly region?: string;
  readonly product?: string;
  readonly device?: string;
  readonly keyFile?: string;
  readonly timeoutMs: string;
  readonly json?: boolean;
  readonly local?: boolean;
  readonly gateway?: boolean;
  /** With `gateway`: what stands in front of an order. */
  readonly prefix?: string;
  readonly config?: string;
  readonly board?: string;
  readonly count?: string;
  readonly rate?: string;
}

/** Tencent's API; its servers find the product's region by the header. */
const cloudUrl = "https://iotcloud.tencentcloudapi.com/";
/** Where `rrpc-gateway hub` listens. */
const hubUrl = "http://127.0.0.1:8083/";
/** The device of `rrpc-gateway hub`. */
const simulated = { product: "ABCDEFGH12", device: "gateway01" } as const;
/** Two texts of some 36 characters, and what an INI or JSON file has around them. */
const keyBytesMax = 64 * 1024;

export interface CallRequest {
  readonly kind: "request";
  readonly api: CloudApi;
  readonly call: RrpcCall;
}

/** What is asked for, or what is wrong with it, in sentences. */
export function readCallOptions(
  payload: string,
  options: CallCommandOptions,
  env: NodeJS.ProcessEnv,
): CallRequest | Problems {
  const reader = new OptionReader();
  const { problems } = reader;
  const isCloud = options.cloud === true;
  for (const name of ["config", "board", "count", "rate"] as const)
    if (options[name] !== undefined) problems.push(`--${name} is for --local: the cloud knows devices only`);
  if (options.prefix !== undefined && options.gateway !== true) problems.push("--prefix needs --gateway");
  const url = urlOf(options.url ?? (isCloud ? cloudUrl : hubUrl));
  if (url === undefined) problems.push(`--url: expected http://… or https://…, found "${options.url}"`);
  const timeoutMs = reader.whole("--timeout-ms", options.timeoutMs, 1, 999_999);
  const region = regionOf(options.region ?? (isCloud ? "china" : undefined), problems);
  const key = keyOf(options, env, problems);
  if (isCloud && key === undefined && problems.length === 0) {
    problems.push("--cloud needs a key: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or --key-file");
  }
  if (url === undefined || problems.length > 0) return { kind: "problems", problems };
  return {
    kind: "request",
    api: { url, key, region, timeoutMs },
    call: { productId: options.product ?? simulated.product, deviceName: options.device ?? simulated.device, payload },
  };
}

/** The region by the API's name for it. */
function regionOf(name: string | undefined, problems: string[]): string | undefined {
  const region = regions.find((one) => one === name);
  if (region !== undefined) return apiRegions[region];
  if (name !== undefined) {
    problems.push(
      `--region: expected one of ${regions.join(", ")}${meantHint(name, regions, regionSynonyms)}, found "${name}"`,
    );
  }
  return undefined;
}

function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

/** The key in the file, else in the environment: Tencent's names with --cloud, else those that `hub` reads too. */
function keyOf({ cloud, keyFile }: CallCommandOptions, env: NodeJS.ProcessEnv, problems: string[]): ApiKey | undefined {
  if (keyFile !== undefined) return keyIn(keyFile, problems);
  const prefix = cloud ? "TENCENTCLOUD" : "RRPC_HUB";
  const [secretId, secretKey, sessionToken] = ["SECRET_ID", "SECRET_KEY", "SESSION_TOKEN"].map(
    (name) => env[`${prefix}_${name}`] ?? "",
  );
  // The other name is that of Tencent's command line program.
  const token = sessionToken || (cloud && env["TENCENTCLOUD_TOKEN"]);
  if (secretId && secretKey) return { secretId, secretKey, ...(token && { token }) };
  if (secretId !== "" || secretKey !== "")
    problems.push(`${prefix}_SECRET_ID and ${prefix}_SECRET_KEY belong together`);
  return undefined;
}

function keyIn(path: string, problems: string[]): ApiKey | undefined {
  const file = readTextFile(path, keyBytesMax);
  if (file.kind === "unreadable") {
    problems.push(`--key-file: ${file.found}`);
    return undefined;
  }
  // A secret that others may read is one no more, and using it would hide that.
  if (file.mode & 0o077) {
    problems.push(`--key-file: expected a file for its owner alone (chmod 600), found mode ${file.mode.toString(8)}`);
    return undefined;
  }
  const key = readKeyText(file.text);
  if (key === undefined) problems.push(`--key-file: expected secret_id and secret_key, found neither or one: ${path}`);
  return key;
}
