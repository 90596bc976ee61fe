import { expect, test } from "vitest";
import { askBackend, formatOf } from "../ask-backend.mjs";
import { kitSubjects } from "../kit-subjects.mjs";
import { renderBackend } from "../render-backend.mjs";
import { splitSections } from "../split-sections.mjs";

const float32 = { bits: 4, scheme: "symmetric" };

test("the subjects are every spec and every model that the kits try", () => {
  const { plans, specs } = kitSubjects();

  expect(specs.get("packCodes")).toContainEqual({ bits: 4, cols: 3 });
  expect(plans.get("training plan, FP32, sgd, dot")).toHaveLength(3);
  expect(plans.get("inference plan, FP32, sgd, dot")).toHaveLength(2);
});

test("the format of a spec is found in it or inside it, and is a float without bits", () => {
  expect(formatOf({ format: float32 })).toEqual(float32);
  expect(formatOf(float32)).toEqual(float32);
  expect(formatOf({ cols: 3 })).toEqual({ bits: 32, scheme: "" });
});

test("a spec that the backend declines is not counted as served", () => {
  const specs = new Map([["packCodes", [{ bits: 4 }, { bits: 4, cols: 1 }, { bits: 8 }]]]);
  const ops = {
    packCodes: (/** @type {{ cols: number }} */ { cols }) => (cols === 1 ? () => undefined : undefined),
  };

  const { ops: support } = askBackend({ ops, plans: {} }, { specs, plans: new Map() });

  expect(support.map(({ bits, served, tried }) => [bits, served, tried])).toEqual([
    [4, 1, 2],
    [8, 0, 1],
  ]);
});

test("a plan is asked for with each kind of products", () => {
  const plans = new Map([["inference plan, small", [{}, { maxBatch: 7 }]]]);
  const inference = (/** @type {unknown} */ _, /** @type {{ products?: string }} */ { products }) =>
    products === "int8" ? { backend: "mine", infer: () => undefined } : undefined;

  const support = askBackend({ ops: {}, plans: { inference } }, { specs: new Map(), plans });

  expect(support.plans).toEqual([{ plan: "inference plan, small", products: ["INT8"] }]);
});

test("a declined op shows its reason, a width that is partly served says so", () => {
  const ops = [
    { op: "loss", scheme: "", bits: 32, served: 0, tried: 3 },
    { op: "packCodes", scheme: "", bits: 4, served: 1, tried: 2 },
  ];

  const section = renderBackend(
    { specifier: "mine", about: "`mine`", declines: { loss: "nothing gained" } },
    { ops, plans: [] },
  );

  expect(section).toContain("| `loss` | no |");
  expect(section).toContain("some yes");
  expect(section).toContain("- loss: nothing gained");
});

test("what is declined for one reason shows it once", () => {
  const ops = ["one", "two", "three"].map((op) => ({ op, scheme: "", bits: 32, served: 0, tried: 1 }));
  const declines = { one: "elsewhere", two: "not needed", three: "elsewhere" };

  const section = renderBackend({ specifier: "mine", about: "`mine`", declines }, { ops, plans: [] });

  expect(section).toContain("- one, three: elsewhere\n- two: not needed");
});

test("the section of a backend is found again in the page", () => {
  const sections = splitSections("# page\n\ntext\n\n## a\n\n1\n\n## b\n\n2\n");

  expect([...sections]).toEqual([
    ["a", "## a\n\n1"],
    ["b", "## b\n\n2"],
  ]);
});
