// Stands for a package that mqtt.js loads and this program never calls. Should a later version of mqtt.js call it, the
// error says so, instead of something "that is not a function".
module.exports = (name) =>
  new Proxy(
    {},
    {
      get(_, key) {
        if (typeof key === "symbol" || key === "__esModule") return undefined;
        return function notCalled() {
          throw new Error(`${key} of the package ${name} is not in this build: deploy/build.mjs left it out as never called`);
        };
      },
    },
  );
