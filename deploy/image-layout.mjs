// Writes the folder of one container image: node deploy/image-layout.mjs FOLDER ARCH VERSION LAYER.tar…
// It is an OCI image layout, and what `docker save` writes as well (manifest.json): either can be read from one archive.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, architecture, version, ...layerFiles] = process.argv.slice(2);
const created = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString().replace(".000Z", "Z");
const blobs = join(folder, "blobs/sha256");
mkdirSync(blobs, { recursive: true });

/** By Debian's names. */
const platforms = {
  amd64: { architecture: "amd64", os: "linux" },
  arm64: { architecture: "arm64", variant: "v8", os: "linux" },
  armhf: { architecture: "arm", variant: "v7", os: "linux" },
};
const program = ["/usr/bin/node", "--v8-pool-size=1", "/usr/lib/rrpc-gateway/bin/rrpc-gateway.cjs"];
const configFile = ["--config", "/etc/rrpc-gateway/config.yaml"];
const labels = {
  "org.opencontainers.image.title": "rrpc-gateway",
  "org.opencontainers.image.description":
    "Answers Tencent IoT Hub RRPC requests with the replies of a microcontroller on a serial line",
  "org.opencontainers.image.version": version,
  "org.opencontainers.image.created": created,
  "org.opencontainers.image.licenses": "MIT",
};
const nanoseconds = 1e9;

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What refers to these bytes, which are written. Docker's types, because OCI's have no place for a health check. */
function blob(mediaType, bytes) {
  const digest = sha256(bytes);
  writeFileSync(join(blobs, digest), bytes);
  return { mediaType: `application/vnd.docker.${mediaType}`, size: bytes.length, digest: `sha256:${digest}` };
}

function gzip(bytes) {
  const { status, stdout } = spawnSync("gzip", ["-n"], { input: bytes, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`gzip ended with ${status}`);
  return stdout;
}

const json = (value) => Buffer.from(`${JSON.stringify(value)}\n`);
const pathOf = ({ digest }) => `blobs/sha256/${digest.replace("sha256:", "")}`;

const tars = layerFiles.map((file) => readFileSync(file));
const layers = tars.map((tar) => blob("image.rootfs.diff.tar.gzip", gzip(tar)));
const config = blob(
  "container.image.v1+json",
  json({
    created,
    ...platforms[architecture],
    config: {
      // By number, so that Kubernetes can see that it is not root; its groups are in the image's /etc/group.
      User: "10001",
      // Not Node.js itself: the kernel ignores what process 1 does to itself, and nobody else takes orphans away.
      Entrypoint: ["/usr/bin/tini", "--", ...program],
      Cmd: ["run", ...configFile],
      Env: ["PATH=/usr/local/bin:/usr/bin:/usr/sbin"],
      WorkingDir: "/",
      StopSignal: "SIGTERM",
      Healthcheck: {
        // As long as systemd's watchdog waits. It asks again and again within that time, so one failure is enough.
        Test: ["CMD", ...program, "health", ...configFile, "--kill-after", "30"],
        Interval: 30 * nanoseconds,
        Timeout: 45 * nanoseconds,
        Retries: 1,
      },
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
    history: [
      { created, created_by: "packages of Debian", comment: "deploy/image.sh" },
      { created, created_by: `rrpc-gateway ${version}`, comment: "deploy/image.sh" },
    ],
  }),
);
const manifest = blob(
  "distribution.manifest.v2+json",
  json({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config,
    layers,
  }),
);

const name = `localhost/rrpc-gateway:${version}`;
writeFileSync(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
writeFileSync(
  join(folder, "index.json"),
  json({
    schemaVersion: 2,
    manifests: [
      {
        ...manifest,
        platform: platforms[architecture],
        annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": version },
      },
    ],
  }),
);
writeFileSync(
  join(folder, "manifest.json"),
  json([{ Config: pathOf(config), RepoTags: [name], Layers: layers.map(pathOf) }]),
);
