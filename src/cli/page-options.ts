import { isLoopback } from "../config/loopback.ts";
import { readTextFile } from "../config/text-file.ts";
import { tokenCharactersMin } from "../page/access.ts";
import { OptionReader, type Problems } from "./option-reader.ts";

/** The options as they stand on the command line. */
export interface PageCommandOptions {
  /** The gateway's configuration file. */
  readonly config: string;
  readonly port: string;
  readonly host: string;
  readonly tokenFile?: string;
  readonly payloads?: boolean;
}

export interface PageRequest {
  readonly kind: "page";
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
}

/** A token takes no more, and a large file is another one. */
const tokenFileBytesMax = 4096;

export function readPageOptions({ port, host, tokenFile, payloads }: PageCommandOptions): PageRequest | Problems {
  const reader = new OptionReader();
  const request = { kind: "page", host, port: reader.whole("--port", port, 0, 65_535) } as const;
  const token = tokenFile === undefined ? undefined : tokenIn(tokenFile, reader.problems);
  if (!isLoopback(host) && tokenFile === undefined)
    reader.problems.push(
      `--host: ${host} can be reached from other machines, so --token-file is needed. Without one, use an SSH tunnel to 127.0.0.1`,
    );
  if (payloads === true && tokenFile === undefined)
    reader.problems.push(
      "--payloads: every user of this machine can reach loopback, so --token-file is needed for the contents of lines",
    );
  return reader.problems.length > 0 ? { kind: "problems", problems: reader.problems } : { ...request, token };
}

function tokenIn(path: string, problems: string[]): string | undefined {
  const file = readTextFile(path, tokenFileBytesMax);
  if (file.kind === "unreadable") {
    problems.push(`--token-file: expected a readable file, found ${file.found}`);
    return undefined;
  }
  if ((file.mode & 0o007) !== 0)
    problems.push(`--token-file: ${path} can be read by everybody (mode ${file.mode.toString(8)}): chmod 600`);
  const token = file.text.trim();
  if (!/^[!-~]*$/.test(token) || token.length < tokenCharactersMin)
    problems.push(
      `--token-file: expected one line of at least ${tokenCharactersMin} characters without spaces, such as openssl rand -hex 16 writes: ${path}`,
    );
  return token;
}
