import type { Program } from "../../src/daemon/program.ts";

/** For a daemon without a program around it: nobody asks for what only that can do. */
export const noProgram: Program = {
  reload: () => Promise.reject(new Error("nobody reloads this daemon by order")),
  doctorCommand: ["false"],
};
