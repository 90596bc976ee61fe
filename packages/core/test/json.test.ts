import { describe, expect, it } from "vitest";
import { parseJson } from "@dqrm/core";

describe("parseJson", () => {
  it.each(["__proto__", "constructor", "prototype"])("refuses the key %s at any depth", (key) => {
    const text = `{"a": [{"${key}": {"polluted": true}}]}`;

    expect(() => parseJson("a.json", text)).toThrow(`a.json: ${key} is forbidden, expected another key name`);
  });

  it("reports text that is no JSON with its source", () => {
    expect(() => parseJson("a.json", "{")).toThrow("a.json: (top level) is");
  });

  it("keeps every value of ordinary JSON", () => {
    const value = { a: [1, null, true, "text", { b: -0.5 }] };

    expect(parseJson("a.json", JSON.stringify(value))).toEqual(value);
  });
});
