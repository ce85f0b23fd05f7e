import { createServer, type Server } from "node:http";

/** Prometheus scrapes with one connection, a person with another. */
const connectionsMax = 16;

/** A scraper that pauses longer connects again. */
const idleMsDefault = 10_000;

/** A server of `GET /metrics`; it does not listen yet. A client that neither asks nor reads for `idleMs` loses its connection. */
export function scrapeServer(
  metrics: { readonly text: () => Promise<string>; readonly contentType: string },
  { idleMs = idleMsDefault }: { readonly idleMs?: number } = {},
): Server {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5000 }, async (request, response) => {
    if (request.url?.split("?")[0] !== "/metrics") response.writeHead(404).end();
    else if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405, { Allow: "GET" }).end();
    else {
      const text = await metrics.text();
      response.writeHead(200, { "Content-Type": metrics.contentType }).end(text);
    }
  });
  server.maxConnections = connectionsMax;
  // Else idle clients would hold all places for ever, and no scrape would get one.
  server.setTimeout(idleMs);
  return server;
}
