// A real Prometheus on loopback, with a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { rulesFile } from "../observe/metrics/alerts.ts";
import { freePort } from "../support/mosquitto.ts";

/** One series of an instant query: its labels, and its value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** What `expr` is now. Throws what Prometheus finds wrong with it. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Asks until `isRight`; throws with what it was last. */
  until(expr: string, isRight: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]>;
  kill(): Promise<void>;
}

/** Several times what a busy machine needs. */
const boundMs = 60_000;

/** Prometheus tells nobody when it has scraped. */
const askIntervalMs = 200;

/** Scrapes `ports` of 127.0.0.1 each second, and evaluates the alert rules. */
export async function startPrometheus(folder: string, ports: readonly number[]): Promise<Prometheus> {
  copyFileSync(rulesFile, join(folder, "rrpc-gateway.rules.yaml"));
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rrpc-gateway.rules.yaml"],
    scrape_configs: [
      { job_name: "rrpc-gateway", static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }] },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const address = `127.0.0.1:${await freePort()}`;
  const options = ["--config.file=prometheus.yml", `--web.listen-address=${address}`, "--storage.tsdb.path=data"];
  const child = spawn("prometheus", [...options, "--log.level=warn"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = once(child, "exit");

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await exited;
  }

  async function isReady(): Promise<boolean> {
    if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}: ${stderr}`);
    return await fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async function query(expr: string): Promise<readonly Sample[]> {
    const response = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const { status, error, data } = (await response.json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: {
        readonly resultType: string;
        readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
      };
    };
    if (status !== "success") throw new Error(`${expr}: ${error}`);
    if (data.resultType !== "vector") throw new Error(`${expr}: a ${data.resultType}`);
    return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
  }

  const endAt = Date.now() + boundMs;
  while (!(await isReady())) {
    if (Date.now() > endAt) {
      await kill();
      throw new Error(`prometheus is not ready after ${boundMs} ms: ${stderr}`);
    }
    await wait(askIntervalMs);
  }
  return {
    query,
    async until(expr, isRight) {
      const endAt = Date.now() + boundMs;
      while (true) {
        const samples = await query(expr);
        if (isRight(samples)) return samples;
        if (Date.now() > endAt) throw new Error(`timed out after ${boundMs} ms: ${expr}: ${JSON.stringify(samples)}`);
        await wait(askIntervalMs);
      }
    },
    kill,
  };
}
