// Stands for the package `ws` in the bundle: 67 kB, in a file of their own that is read when a WebSocket is opened.
module.exports = require("./ws.cjs");
