import type { Target } from "./fuzzer.ts";

/** A target with a fault that only a fuzzer which sees what runs will find. */
export const planted: Target = {
  name: "planted",
  seeds: ["..."],
  words: ["."],
  bytesMax: 8,
  folder: "/test/fuzz/planted.ts",
  run(input) {
    if (input[0] !== 0x66) return;
    if (input[1] !== 0x75) return;
    if (input[2] !== 0x7a) return;
    throw new Error("found");
  },
};
