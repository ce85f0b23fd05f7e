// Stands for the package `debug` in the bundle: dozens of calls a request, each of which asks whether it is wanted. The
// daemon has a log of its own.
const createDebug = () => Object.assign(() => {}, { enabled: false, extend: createDebug });

module.exports = createDebug;
