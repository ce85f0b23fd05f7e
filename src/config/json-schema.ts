/** The JSON Schema that editors complete and check the file with. */
import type { Group, Option } from "./option.ts";
import { options } from "./options.ts";

/** Draft 7, which every YAML editor knows. It holds what one option or group can tell; the joined rules are `check`'s. */
export function configSchema(): object {
  return { $schema: "http://json-schema.org/draft-07/schema#", title: "rrpc-gateway", ...groupSchema(options) };
}

function groupSchema(group: Group): object {
  const entries = Object.entries(group.options);
  const required = entries.filter(([, option]) => isRequired(option)).map(([key]) => key);
  return {
    // A group whose lines are all comments is a null.
    type: required.length > 0 || group.oneOf ? "object" : ["object", "null"],
    description: group.doc,
    properties: Object.fromEntries(
      entries.map(([key, option]) => [key, option.kind === "group" ? groupSchema(option) : optionSchema(option)]),
    ),
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    ...(group.oneOf && { oneOf: group.oneOf.map((keys) => ({ required: keys })) }),
  };
}

function isRequired(option: Option | Group): boolean {
  if (option.kind !== "group") return option.required === true;
  return option.oneOf !== undefined || Object.values(option.options).some(isRequired);
}

function optionSchema(option: Option): object {
  const unit = option.kind === "whole" && option.unit !== undefined ? ` (${option.unit})` : "";
  return {
    ...typeSchema(option),
    description: option.doc + unit,
    ...("default" in option && { default: option.default }),
  };
}

function typeSchema(option: Option): object {
  switch (option.kind) {
    case "text":
      return { type: "string", pattern: option.pattern.source };
    case "path":
      return { type: "string", minLength: 1, maxLength: 4095 };
    case "whole":
      return { type: "integer", minimum: option.min, maximum: option.max };
    case "choice":
      return { enum: option.values };
    case "flag":
      return { type: "boolean" };
    default:
      return option satisfies never;
  }
}
