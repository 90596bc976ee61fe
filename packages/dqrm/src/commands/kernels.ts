import type { ExplainedOp, ExplainedPlan, KernelsReport } from "../kernels/explain-kernels.ts";
import { explainKernels } from "../kernels/explain-kernels.ts";
import { chooseKernels } from "../pipeline/choose-kernels.ts";
import { textTable } from "../terminal/text-table.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm kernels`. */
export interface KernelsOptions {
  readonly kernels: string;
  /** Undefined takes the cores of the machine. */
  readonly threads: number | undefined;
  readonly json: boolean;
}

/** Prints which backend serves which op and plan, what each runs on, and why others were skipped. */
export async function kernels(options: KernelsOptions, surroundings: Surroundings): Promise<void> {
  const { importModule, machine, terminal } = surroundings;
  const threads = options.threads ?? machine.cores;
  const report = explainKernels(await chooseKernels(options.kernels, importModule, { threads }));
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : `${reportText(report)}\n`);
}

function reportText({ backends, ops, plans, skipped }: KernelsReport): string {
  const reasons = Object.entries(skipped).map(([name, reason]) => [name, "skipped", "", reason]);
  const loaded = backends.map(({ isa, name, threads }) => [name, isa ?? "javascript", String(threads), ""]);
  return [
    leftTable(["backend", "runs on", "threads", "why not"], [...loaded, ...reasons]),
    leftTable(["plan of the Kaggle model", "products", "compiled by"], plans.map(planRow)),
    leftTable(["op", "for", "served by", "declined by"], ops.map(opRow)),
  ].join("\n\n");
}

function planRow({ backend, bits, plan, products }: ExplainedPlan): readonly string[] {
  const weights = bits === 32 ? "FP32" : `INT${bits}`;
  const apart = products === "float32" ? "kernel by kernel" : "nobody";
  return [`${plan}, ${weights}`, products, backend ?? apart];
}

function opRow({ choices, op, spec }: ExplainedOp): readonly string[] {
  const named = (verdict: string): string =>
    choices.flatMap((choice) => (choice.verdict === verdict ? [choice.backend] : [])).join(", ");
  return [op, spec, named("chosen") || "nobody", named("declined")];
}

function leftTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return textTable(
    titles.map((title) => ({ title, align: "left" })),
    rows,
  );
}
