import { once } from "node:events";
import { readFile } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

/** Serves the files of a folder over HTTP on loopback, as they are at each request. */
export async function serveFiles(folder: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer(({ url = "/" }, response) => {
    readFile(join(folder, normalize(decodeURIComponent(url))), (error, content) => {
      response.writeHead(error === null ? 200 : 404);
      response.end(error === null ? content : "");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
