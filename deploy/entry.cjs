#!/usr/bin/env node
// What is started: it says so where Node.js is too old, before that reads anything it does not understand. So nothing here
// is younger than Node.js itself.
"use strict";
var version = process.versions.node.split(".").map(Number);
if (version[0] < 18 || (version[0] === 18 && version[1] < 18)) {
  console.error(
    "rrpc-gateway needs Node.js 18.18 or later, and this is " +
      process.versions.node +
      " (" +
      process.execPath +
      "). Install a later one: Debian 12, Raspberry Pi OS 12 and Ubuntu 24.04 have one as their package nodejs.",
  );
  process.exitCode = 78;
} else {
  // A signal that comes while the rest is loaded must not end the daemon. What listens afterwards, in this same turn of
  // the event loop, gets it; before these lines nobody but Node.js itself could.
  if (process.argv[2] === "run") {
    ["SIGHUP", "SIGUSR2", "SIGTERM", "SIGINT"].forEach(function (signal) {
      process.on(signal, function () {});
    });
  }
  require("./load-bundle.cjs").loadBundle();
}
