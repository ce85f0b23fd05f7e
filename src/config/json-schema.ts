/** The JSON Schema that editors complete and check the file with. */
import { type Group, type Option, requiredInSections, type Sections } from "./option.ts";
import { options } from "./options.ts";

/** Draft 7, which every YAML editor knows. It holds what one option or group can tell; the joined rules are `check`'s. */
export function configSchema(): object {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "rrpc-gateway",
    ...groupSchema(options, {}),
    ...sectionsOrNone("boards"),
  };
}

/** What each section has to have is not outside of them, and is outside where there are no sections. */
function sectionsOrNone(name: "boards"): object {
  const own = requiredInSections(options, options.options[name]);
  const outside = (schemaOf: (key: string) => object) => ({
    properties: Object.fromEntries(own.map(([group, key]) => [group, schemaOf(key)])),
  });
  return {
    if: { required: [name], properties: { [name]: { type: "object", minProperties: 1 } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: outside((key) => ({ type: ["object", "null"], properties: { [key]: false } })),
    else: {
      required: own.map(([group]) => group),
      ...outside((key) => ({ type: "object", properties: { [key]: true }, required: [key] })),
    },
  };
}

interface Place {
  /** Of a section: what its group has outside of it are its defaults, so the declared ones do not hold. */
  readonly around?: Group;
  readonly hasDefaults?: false;
}

function groupSchema(group: Group, { around, hasDefaults }: Place): object {
  const entries = Object.entries(group.options);
  const required = entries.filter(([, option]) => isRequired(option)).map(([key]) => key);
  const propertyOf = (key: string, option: Option | Group | Sections): object => {
    const isHeir = around !== undefined && Object.hasOwn(around.options, key);
    const place: Place = isHeir || hasDefaults === false ? { hasDefaults: false } : {};
    switch (option.kind) {
      case "group":
        return groupSchema(option, place);
      case "sections":
        return sectionsSchema(option, group);
      default:
        return optionSchema(option, place);
    }
  };
  return {
    // A group whose lines are all comments is a null.
    type: required.length > 0 || group.oneOf ? "object" : ["object", "null"],
    description: group.doc,
    properties: Object.fromEntries(entries.map(([key, option]) => [key, propertyOf(key, option)])),
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    ...(group.oneOf && { oneOf: group.oneOf.map((keys) => ({ required: keys })) }),
  };
}

function sectionsSchema({ doc, name, section }: Sections, around: Group): object {
  return {
    type: ["object", "null"],
    description: doc,
    propertyNames: { pattern: name.pattern.source },
    additionalProperties: groupSchema(section, { around }),
  };
}

function isRequired(option: Option | Group | Sections): boolean {
  if (option.kind === "sections") return false;
  if (option.kind !== "group") return option.required === true;
  return option.oneOf !== undefined || Object.values(option.options).some(isRequired);
}

function optionSchema(option: Option, { hasDefaults }: Place): object {
  const unit = option.kind === "whole" && option.unit !== undefined ? ` (${option.unit})` : "";
  return {
    ...typeSchema(option),
    description: option.doc + unit,
    ...("default" in option && hasDefaults !== false && { default: option.default }),
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
    case "patterns":
      return { type: "array", maxItems: option.countMax, items: { type: "string", pattern: option.pattern.source } };
    case "choices":
      return { type: "array", uniqueItems: true, items: { enum: option.choices } };
    default:
      return option satisfies never;
  }
}
