// Stands for a package, or a file of one, that a bundle loads and never calls. Should a later version call it, the error says so, instead of
// something "that is not a function".
"use strict";

module.exports = (name) => {
  const fail = (what) => {
    throw new Error(`${what} of the package ${name} is not in this build: deploy/stand-ins.mjs left it out as never called`);
  };
  return new Proxy(function notCalled() {}, {
    get(_, key) {
      if (typeof key === "symbol" || key === "__esModule") return undefined;
      return function notCalled() {
        fail(key);
      };
    },
    // What a module without names exports.
    apply: () => fail("what is exported"),
    construct: () => fail("what is exported"),
  });
};
