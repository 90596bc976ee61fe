import { DqrmError, reference, type OpFn, type OpName, type OpSpec } from "@dqrm/core";

/**
 * Prepares the kernel that defines an op: its factory refuses the specs that are refused everywhere, and its function
 * explains, by throwing, what the addon refused without a word.
 */
export function prepareReference<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K> {
  const kernel = reference.ops[op]?.(spec);
  if (kernel === undefined) {
    throw new DqrmError("UNSUPPORTED", { op, spec: JSON.stringify(spec), tried: [reference.name] });
  }
  return kernel;
}

/**
 * Reports a refusal that the reference could not explain: it accepts what it can index, the addon only typed arrays.
 *
 * @throws VALUE always
 */
export function failArrays(op: OpName): never {
  throw new DqrmError("VALUE", {
    op,
    what: "an argument",
    expected: "typed arrays and whole numbers as in the contract, changed by nobody during the call",
    actual: "another",
  });
}
