/** A key of the cloud API; the secret part is never shown, nor is the token. */
export interface ApiKey {
  readonly secretId: string;
  readonly secretKey: string;
  /** The session token of temporary credentials, which goes with each request; a lasting key has none. */
  readonly token?: string;
}

/** What is signed of a POST: where it goes, and what it carries. */
export interface UnsignedPost {
  readonly url: URL;
  readonly contentType: string;
  readonly body: Buffer;
  /** The API's name, the first label of Tencent's host for it. */
  readonly service: string;
  /** Unix time in seconds; the API takes it for five minutes either way. */
  readonly timestampS: number;
}

/**
 * The `Authorization` of a request, TC3-HMAC-SHA256.
 *
 * By the signer of Tencent's own SDK alone: its client brings an HTTP stack of 600 kB into the bundle, the signer 46
 * (measured), and Node.js has fetch. Loaded when it is needed: most calls go to a hub that asks for no signature.
 */
export async function authorization(post: UnsignedPost, { secretId, secretKey }: ApiKey): Promise<string> {
  const { default: loaded } = await import("tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js");
  // It is CommonJS made from a module: some loaders unpack that and give the signer, Node.js and the bundler do not.
  const signer = "sign3" in loaded ? (loaded as unknown as typeof loaded.default) : loaded.default;
  return signer.sign3({
    method: "POST",
    url: post.url.href,
    // A buffer is signed as it is; anything else the signer would write as JSON once more.
    payload: post.body,
    timestamp: post.timestampS,
    service: post.service,
    secretId,
    secretKey,
    multipart: false,
    boundary: "",
    headers: { "Content-Type": post.contentType },
  });
}
