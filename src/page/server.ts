import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { judgeVisitor, type Verdict } from "./access.ts";
import type { Picture } from "./picture.ts";
import { Readers } from "./readers.ts";

/** Several people and their phones. Each costs a picture in 250 ms. */
const readersMax = 8;

/** As many that watch, and as many again that load the page or ask for lines. */
const connectionsMax = 32;

export interface PageOptions {
  /** The whole page: HTML with its style and script inline. */
  readonly html: string;
  readonly picture: Picture;
  /** Without one, whoever reaches loopback may see it. */
  readonly token: string | undefined;
}

export interface PageServer {
  readonly server: Server;
  /** The picture is another one. */
  changed(): void;
  /** Ends at once whatever is open. */
  close(): void;
}

/** Answers three paths: `/` with the page, `/events` with frames as server-sent events, `/lines` with the last lines of a board. */
export function createPageServer({ html, picture, token }: PageOptions): PageServer {
  const readers = new Readers((board, which) => picture.frame(board, new Date().toISOString(), which === "first"));
  const policy = contentSecurityPolicy(html);
  // A request has no body, and its head comes at once.
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 8192 }, answer);
  server.maxConnections = connectionsMax;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    // A path that is no URL, such as `//`, is none of ours.
    const url = URL.canParse(request.url ?? "", "http://page") ? new URL(request.url ?? "", "http://page") : undefined;
    const refusal = refusalOf(request);
    if (refusal === undefined && url?.pathname === "/events" && readers.count < readersMax) {
      response.writeHead(200, { ...headers, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
      readers.add(response, url.searchParams.get("board") ?? undefined);
      return;
    }
    const { status, type = "text/plain", more, body } = refusal ?? pageAt(url);
    response.writeHead(status, { ...headers, "Content-Type": type, ...more }).end(body);
  }

  function refusalOf({ method, headers }: IncomingMessage): Answer | undefined {
    const { host, authorization } = headers;
    const fetchSite = headers["sec-fetch-site"]?.toString();
    const fetchDest = headers["sec-fetch-dest"]?.toString();
    const verdict = judgeVisitor({ host, authorization, fetchSite, fetchDest }, token);
    if (verdict !== "allowed") return refusals[verdict];
    return method === "GET" ? undefined : { status: 405, body: "only GET is answered\n", more: { Allow: "GET" } };
  }

  function pageAt(url: URL | undefined): Answer {
    switch (url?.pathname) {
      case "/":
        return {
          status: 200,
          type: "text/html; charset=utf-8",
          body: html,
          more: { "Content-Security-Policy": policy },
        };
      case "/events":
        return { status: 503, body: `${readersMax} watch already\n` };
      case "/lines": {
        const { searchParams } = url;
        const lines = picture.lines(searchParams.get("board") ?? "", searchParams.get("contents") === "1");
        if (lines === undefined) return { status: 404, body: "there is no such board\n" };
        return { status: 200, type: "application/json", body: JSON.stringify({ lines }) };
      }
      default:
        return { status: 404, body: "there is nothing here: see /\n" };
    }
  }

  return {
    server,
    changed: () => readers.changed(),
    close() {
      readers.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const headers = {
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

interface Answer {
  readonly status: number;
  /** Of the body; plain text without it. */
  readonly type?: string;
  readonly body: string;
  readonly more?: Readonly<Record<string, string>>;
}

const refusals: Readonly<Record<Exclude<Verdict, "allowed">, Answer>> = {
  no_token: {
    status: 401,
    body: "the token is missing or wrong: give it as the password, with any name\n",
    more: { "WWW-Authenticate": 'Basic realm="rrpc-gateway page", charset="UTF-8"' },
  },
  foreign_host: { status: 421, body: "open the page at localhost or 127.0.0.1, or start it with a token\n" },
  foreign_site: { status: 403, body: "another site's page may not read this one\n" },
};

/**
 * Only the page's own script and style run, by their digests, and they reach nothing but this server. What a board says is text:
 * with Trusted Types the browser itself refuses to take text for HTML.
 */
function contentSecurityPolicy(html: string): string {
  const digests = (tag: string) =>
    [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map(
      ([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
    );
  return [
    "default-src 'none'",
    `script-src ${digests("script").join(" ")}`,
    `style-src ${digests("style").join(" ")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
