/** @import { KernelBackend } from "@dqrm/core" */
/** @import { KitSubjects } from "./kit-subjects.mjs" */

/** Names the products that a plan may be asked for, and how the page calls them. */
const PRODUCTS = { float32: "FP32", bfloat16: "bfloat16", int8: "INT8", codes: "codes" };

/**
 * Counts, of the specs of one op in one number format, those that a backend serves.
 *
 * @typedef {{ op: string, scheme: string, bits: number, served: number, tried: number }} OpSupport
 */

/**
 * Says with which products a backend compiles a model of the kit.
 *
 * @typedef {{ plan: string, products: readonly string[] }} PlanSupport
 */

/**
 * Asks a backend for everything that the kits try.
 *
 * @param {Pick<KernelBackend, "ops" | "plans">} backend
 * @param {KitSubjects} subjects
 * @returns {{ ops: OpSupport[], plans: PlanSupport[] }}
 */
export function askBackend({ ops, plans }, subjects) {
  const factories = new Map(Object.entries(ops));
  return {
    ops: [...subjects.specs].flatMap(([op, specs]) => askOp(op, factories.get(op), specs)),
    plans: [...subjects.plans].map(([plan, parts]) => {
      const factory = plan.startsWith("training") ? plans.training : plans.inference;
      return { plan, products: compiledWith(factory, parts) };
    }),
  };
}

/**
 * @param {string} op
 * @param {Function | undefined} factory
 * @param {readonly unknown[]} specs
 */
function askOp(op, factory, specs) {
  const found = /** @type {Map<string, OpSupport>} */ (new Map());
  for (const spec of specs) {
    const { bits, scheme } = formatOf(spec);
    const key = `${bits} ${scheme}`;
    const entry = found.get(key) ?? { op, bits, scheme, served: 0, tried: 0 };
    entry.tried += 1;
    if (factory !== undefined && Reflect.apply(factory, undefined, [spec]) !== undefined) entry.served += 1;
    found.set(key, entry);
  }
  return [...found.values()];
}

/**
 * Reads the number format of a spec; one that names no bits is about floats.
 *
 * @param {unknown} spec
 * @returns {{ bits: number, scheme: string }}
 */
export function formatOf(spec) {
  const fields = fieldsOf(spec);
  const format = fields.has("format") ? fieldsOf(fields.get("format")) : fields;
  return { bits: Number(format.get("bits") ?? 32), scheme: String(format.get("scheme") ?? "") };
}

/**
 * @param {Function | undefined} factory
 * @param {readonly unknown[]} parts
 */
function compiledWith(factory, parts) {
  if (factory === undefined) return [];
  const options = Object.fromEntries(fieldsOf(parts.at(-1)));
  return Object.entries(PRODUCTS)
    .filter(([products]) => {
      const asked = [...parts.slice(0, -1), { ...options, products }];
      return Reflect.apply(factory, undefined, asked) !== undefined;
    })
    .map(([, label]) => label);
}

/**
 * @param {unknown} value
 * @returns {Map<string, unknown>}
 */
function fieldsOf(value) {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
