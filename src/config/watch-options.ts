/** The options of those who look at a running gateway; see `options.ts`. */
import type { Group } from "./option.ts";

export const monitor = {
  kind: "group",
  doc: "The local socket at which `rrpc-gateway monitor` and `rrpc-gateway dump` look at the running gateway.",
  options: {
    socket: {
      kind: "path",
      example: "/run/rrpc-gateway/monitor.sock",
      doc: "Where the socket is made, in a folder that exists (the unit makes /run/rrpc-gateway); without it there is none.",
    },
    access: {
      kind: "choice",
      values: ["owner", "group"],
      default: "owner",
      doc: "Who may watch: the gateway's own user (mode 0600), or its group too (0660).",
    },
  },
} as const satisfies Group;

export const metrics = {
  kind: "group",
  doc: "Metrics for Prometheus.",
  options: {
    port: {
      kind: "whole",
      min: 0,
      max: 65535,
      example: 9464,
      doc: "Port of `http://HOST:PORT/metrics`, 0 for any free one; without it there is none.",
    },
    host: {
      kind: "text",
      pattern: /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=.*:)[0-9A-Fa-f:.]{2,45})$/,
      expected: "an IP address",
      default: "127.0.0.1",
      doc: "Address to listen on; anyone who reaches it can read the metrics.",
    },
    file: {
      kind: "path",
      example: "/var/lib/prometheus/node-exporter/rrpc-gateway.prom",
      doc: "File for node_exporter's textfile collector, replaced whole at each writing; without it there is none.",
    },
    fileIntervalS: {
      kind: "whole",
      min: 1,
      max: 3600,
      unit: "s",
      default: 15, // half of Prometheus' usual scrape interval
      doc: "How often that file is written.",
    },
  },
} as const satisfies Group;
