import { expect, test } from "vitest";
import { spell } from "../names.mjs";

test("a name is spelt for files, values and types", () => {
  expect(spell("row-hash")).toEqual({ kebab: "row-hash", camel: "rowHash", pascal: "RowHash" });
});

test.each([undefined, "", "RowHash", "row_hash", "-row", "row--hash", "../row", "1row"])(
  "%s is refused",
  (name) => {
    expect(() => spell(name)).toThrow("kebab-case");
  },
);
