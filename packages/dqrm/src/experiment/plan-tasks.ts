import { basename } from "node:path";
import { parseDataUrl } from "@dqrm/data";
import { setConfigValues, type DlrmConfig } from "@dqrm/dlrm";
import { resolveConfig } from "../pipeline/resolve-config.ts";
import { laneThreads } from "../study/lane.ts";
import type { StudyFiles, StudyTask } from "../study/study-result.ts";
import { UsageError } from "../terminal/report-error.ts";
import { dataDigest } from "./data-digest.ts";
import type { Experiment, ExperimentData, ExperimentVariant } from "./experiment.ts";
import type { ExperimentOptions } from "./experiment-options.ts";

/**
 * Lists the runs of an experiment: every variant with every seed on every data set. Generated data are drawn anew for
 * each seed; a file is the same for all of them.
 *
 * @throws CONFIG when a value does not fit; IO when a file cannot be read
 */
export async function planTasks(
  chosen: Experiment,
  options: ExperimentOptions,
  cores: number,
  directory: string,
): Promise<readonly StudyTask[]> {
  const sets = dataSets(chosen, options.data);
  const variants = chooseVariants(chosen, options.variants);
  const { seeds = chosen.seeds, transport = null } = options;
  const lanes = studyLanes(options, seeds * variants.length * sets.length);
  const planned = await Promise.all(
    sets.map(async (set) => {
      const generated = parseDataUrl(set.address) !== undefined;
      const configs = await variantConfigs({ chosen, generated, variants }, options);
      const files = generated ? null : filesOf(options, `${directory}/cache`);
      const digest = await dataDigest(set.address);
      return Array.from({ length: seeds }, (_, s) => s + 1).flatMap((seed) =>
        variants.map((variant, v): StudyTask => {
          const data = generated
            ? seededAddress(set.address, seed, options.rows ?? chosen.rows)
            : set.address;
          const dataHash = digest(data);
          return {
            variant: variant.name,
            dataset: set.name,
            seed,
            config: configs[v],
            data,
            dataHash,
            files:
              files === null ? null : { ...files, cacheDirectory: `${files.cacheDirectory}/${v}-${seed}` },
            kernels: options.kernels,
            threads: laneThreads(cores, transport === null ? lanes : configs[v].gradients.shards),
            modelDirectory: null,
            transport,
            postTraining: variant.postTraining ?? null,
          };
        }),
      );
    }),
  );
  return planned.flat();
}

/** Says how many runs go side by side: one where its parts are processes of their own. */
export function studyLanes(
  { threads, transport }: Pick<ExperimentOptions, "threads" | "transport">,
  tasks: number,
): number {
  return transport === undefined ? Math.min(threads, tasks) : 1;
}

/** Gives the data sets of a call, or those of the experiment; files are named by their last part. */
function dataSets(chosen: Experiment, addresses: readonly string[] | undefined): readonly ExperimentData[] {
  if (addresses === undefined) return chosen.data;
  const sets = addresses.map((address): ExperimentData => ({
    address,
    name: parseDataUrl(address)?.kind ?? basename(address),
  }));
  const names = sets.map(({ name }) => name);
  // Two files of the same name, or two populations, are told apart by the whole address.
  return sets.map(({ address, name }) => ({
    address,
    name: names.indexOf(name) === names.lastIndexOf(name) ? name : address,
  }));
}

/** Gives the variants that a call names, in the order of the experiment; an unknown name is a UsageError. */
export function chooseVariants(
  { variants }: Experiment,
  names: readonly string[] | undefined,
): readonly ExperimentVariant[] {
  if (names === undefined) return variants;
  const known = variants.map(({ name }) => name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`variant "${stranger}" is not known, expected some of ${known.join(", ")}`);
  }
  return variants.filter(({ name }) => names.includes(name));
}

interface VariantChoice {
  readonly chosen: Experiment;
  readonly generated: boolean;
  readonly variants: readonly ExperimentVariant[];
}

async function variantConfigs(
  { chosen, generated, variants }: VariantChoice,
  { assignments, epochs, preset }: ExperimentOptions,
): Promise<readonly DlrmConfig[]> {
  const base = await resolveConfig(
    preset ?? (generated ? chosen.presets.generated : chosen.presets.files),
    [],
  );
  const usual = generated ? chosen.epochs : (chosen.fileEpochs ?? base.training.epochs);
  return variants.map((variant) =>
    setConfigValues(base, [
      ["training.epochs", String(epochs ?? usual)],
      // For the column that the paper's numbers are compared with; it selects nothing.
      ["training.recordTest", "true"],
      ...chosen.assignments,
      ...(generated ? chosen.generatedAssignments : []),
      ...variant.assignments,
      ...assignments,
    ]),
  );
}

function filesOf({ label, rows, schema }: ExperimentOptions, cacheDirectory: string): StudyFiles {
  return { schema, label: label ?? null, rows: rows ?? 0, cacheDirectory };
}

function seededAddress(address: string, seed: number, rows: number): string {
  const sized = /[?&]rows=/.test(address) ? address : extended(address, `rows=${rows}`);
  return extended(sized, `seed=${seed}`);
}

function extended(address: string, value: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}${value}`;
}
