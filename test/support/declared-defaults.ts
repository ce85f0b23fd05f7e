import type { Group } from "../../src/config/option.ts";

/** What a group of options is where the file says nothing of it, read off its declaration: a key for every option. */
export function declaredDefaults({ options }: Group): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => {
      if (option.kind === "group") return [key, declaredDefaults(option)];
      return [key, "default" in option ? option.default : undefined];
    }),
  );
}
