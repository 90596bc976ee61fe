import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LAYER, PLAN, TABLE, type RecordLayout } from "../src/plan/records.ts";

const source = readFileSync(new URL("../assembly/plan/records.ts", import.meta.url), "utf8");

/** Lists the fields of a class of the AssemblyScript, in order, with the kind that has the same bytes. */
function fieldsOf(name: string): readonly string[] {
  const body = new RegExp(`class ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
  const kinds: Readonly<Record<string, string>> = { usize: "u32", i32: "i32", f32: "f32", f64: "f64" };
  return [...body.matchAll(/^ {2}(\w+): (\w+);$/gm)].map(([, field, type]) => `${field}: ${kinds[type]}`);
}

function fieldsWritten(layout: RecordLayout<string>): readonly string[] {
  return [...layout.fields].map(([field, { kind }]) => `${field}: ${kind}`);
}

for (const [name, layout] of Object.entries({ Layer: LAYER, Table: TABLE, Plan: PLAN })) {
  test(`the record of a ${name} has the fields of its class, in the same order`, () => {
    const expected = fieldsOf(name);

    expect(expected.length).toBeGreaterThan(10);
    expect(fieldsWritten(layout)).toEqual(expected);
  });
}
