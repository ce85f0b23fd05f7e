/** The options of those who look at a running gateway, or use it from its own machine; see `options.ts`. */
import type { Group } from "./option.ts";

export const monitor = {
  kind: "group",
  doc: "The local socket through which `rrpc-gateway monitor` and `rrpc-gateway dump` look at the running gateway.",
  options: {
    socket: {
      kind: "path",
      example: "/run/rrpc-gateway/monitor.sock",
      doc: "Path of the socket, in a folder that exists (the unit makes /run/rrpc-gateway); without it there is no socket.",
    },
    access: {
      kind: "choice",
      values: ["owner", "group"],
      default: "owner",
      doc: "Who may watch: the gateway's user (mode 0600), or its group as well (0660).",
    },
  },
} as const satisfies Group;

export const control = {
  kind: "group",
  doc: "The local socket through which `rrpc-gateway call --local` and others use the boards of the running gateway.",
  options: {
    socket: {
      kind: "path",
      example: "/run/rrpc-gateway/control.sock",
      doc: "Path of the socket, in a folder that exists (the unit makes /run/rrpc-gateway); without it there is no socket.",
    },
    access: {
      kind: "choice",
      values: ["owner", "group"],
      default: "owner",
      doc: "Who may use the boards: the gateway's user (mode 0600), or its group as well (0660).",
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
      doc: "TCP port of `http://HOST:PORT/metrics`, 0 for any free one; without it the gateway does not listen.",
    },
    host: {
      kind: "text",
      pattern: /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=.*:)[0-9A-Fa-f:.]{2,45})$/,
      expected: "an IP address",
      default: "127.0.0.1",
      doc: "Address to listen on; everybody who can reach it can read the metrics.",
    },
    file: {
      kind: "path",
      example: "/var/lib/prometheus/node-exporter/rrpc-gateway.prom",
      doc: "File for node_exporter's textfile collector, replaced as a whole each time; without it none is written.",
    },
    fileIntervalS: {
      kind: "whole",
      min: 1,
      max: 3600,
      unit: "s",
      default: 15, // half of Prometheus' usual scrape interval
      doc: "Time between two writings of that file.",
    },
  },
} as const satisfies Group;
