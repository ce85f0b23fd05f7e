// Stands for the package `re2js` in the bundle: 190 kB, in a file of their own that is read at the first pattern. Only a
// configuration with `serial.template`, `rrpc.allow` or `rrpc.deny` has patterns.
module.exports = {
  get RE2JS() {
    return require("./re2js.cjs").RE2JS;
  },
  get RE2JSException() {
    return require("./re2js.cjs").RE2JSException;
  },
};
