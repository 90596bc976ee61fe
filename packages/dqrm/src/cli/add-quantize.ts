import { SCHEMES, type Scheme } from "@dqrm/core";
import {
  rowwisePostTraining,
  type MlpQuantizationConfig,
  type RangeSearch,
  type TablePostTraining,
  type TrainingBits,
} from "@dqrm/dlrm";
import { InvalidArgumentError, Option, type Command } from "commander";
import { quantize } from "../commands/quantize.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import type { MeasuredPart, QuantizeOptions } from "../quantize/quantize-options.ts";
import { trainingBits, wholeNumber } from "./options.ts";

interface QuantizeFlags {
  readonly bits: TrainingBits;
  readonly granularity: TablePostTraining["granularity"];
  readonly groupCols: number;
  readonly scheme: Scheme | "fbgemm";
  readonly threshold: number;
  readonly search: RangeSearch;
  readonly mlpBits: TrainingBits;
  readonly mlpGranularity: MlpQuantizationConfig["granularity"];
  readonly mlpBias: MlpQuantizationConfig["bias"];
  readonly mlpSearch: RangeSearch;
  readonly out: string;
  readonly data?: string;
  readonly part: MeasuredPart;
  readonly kernels: string;
  readonly threads?: number;
  readonly skipBadLines?: true;
  readonly json?: true;
}

/** Steps of `--search mse`: finer ones change the fourth digit of the error. */
const SQUARED_ERROR_STEPS = 200;

const NO_SEARCH: RangeSearch = { kind: "none" };

const EXAMPLES = `
Examples:
  dqrm quantize runs/fp32 --bits 4 --granularity table --out runs/int4
  dqrm quantize runs/fp32 --bits 4 --scheme fbgemm --search greedy --data test.csv --out runs/rows4
  dqrm quantize runs/fp32 --bits 8 --mlp-bits 32 --data clicks.csv --part test --out runs/int8
`;

/** Adds `dqrm quantize`. */
export function addQuantize(program: Command, surroundings: Surroundings): void {
  const command = program
    .command("quantize")
    .argument("<dir>", "model directory of a model trained in floats")
    .description("quantize a trained model, and report what its tables, layers and metrics lose")
    .requiredOption("--bits <n>", "bits of table weights; 32 keeps tables as they are", trainingBits)
    .requiredOption("--out <dir>", "model directory to write");
  addTableFlags(command);
  addLayerFlags(command);
  command
    .option("--data <file>", "measure both models on it; file, pattern, or generated data as in training")
    .addOption(
      choice("--part <rows>", "rows of --data, by the split of training", ["all", "validation", "test"]),
    )
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option(
      "--threads <n>",
      "threads of the kernels; the cores of the machine without it",
      wholeNumber(1, 1024),
    )
    .option("--skip-bad-lines", "leave bad lines out and count them instead of stopping")
    .option("--json", "print one JSON object as the last line")
    .addHelpText("after", EXAMPLES)
    .action((model: string, flags: QuantizeFlags) => quantize(quantizeOptions(model, flags), surroundings));
}

function addTableFlags(command: Command): void {
  command
    .addOption(
      choice("--scheme <name>", "how codes stand for weights; fbgemm: rows of FBGEMM and PyTorch", [
        ...SCHEMES,
        "fbgemm",
      ]),
    )
    .addOption(choice("--granularity <unit>", "what shares a scale", ["row", "table", "group"]))
    .option("--group-cols <n>", "columns of a group", wholeNumber(1), 16)
    .option(
      "--threshold <share>",
      "dead zones: share of the largest weight below which all is zero",
      share,
      0,
    )
    .addOption(search("--search <how>", "range of a scale: none, percentile:P, greedy or mse"));
}

function addLayerFlags(command: Command): void {
  command
    .option("--mlp-bits <n>", "bits of layers; 32 keeps them as they are", trainingBits, 8)
    .addOption(choice("--mlp-granularity <unit>", "a scale for each output or layer", ["channel", "matrix"]))
    .addOption(choice("--mlp-bias <kind>", "float, or in the codes of its output", ["float", "same"]))
    .addOption(search("--mlp-search <how>", "as --search"));
}

/** Makes a flag of a few values, the first of which is its default. */
function choice(usage: string, description: string, values: readonly string[]): Option {
  return new Option(usage, description).choices(values).default(values[0]);
}

function search(usage: string, description: string): Option {
  return new Option(usage, description).argParser(rangeSearch).default(NO_SEARCH, "none");
}

function quantizeOptions(model: string, flags: QuantizeFlags): QuantizeOptions {
  const { bits, granularity, groupCols, scheme, search, threshold } = flags;
  return {
    model,
    out: flags.out,
    config: {
      tables: {
        bits,
        scheme,
        granularity,
        groupCols,
        threshold: { kind: "relative", value: threshold },
        search,
        overrides: [],
      },
      mlp: {
        bits: flags.mlpBits,
        granularity: flags.mlpGranularity,
        bias: flags.mlpBias,
        search: flags.mlpSearch,
      },
    },
    data: flags.data,
    part: flags.part,
    kernels: flags.kernels,
    threads: flags.threads,
    skipBadLines: flags.skipBadLines === true,
    json: flags.json === true,
  };
}

function rangeSearch(text: string): RangeSearch {
  if (text === "none") return NO_SEARCH;
  if (text === "greedy") return rowwisePostTraining(4).tables.search;
  if (text === "mse") return { kind: "squared-error", steps: SQUARED_ERROR_STEPS };
  const percent = /^percentile:(\d+(\.\d+)?)$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 50 && Number(percent) <= 100) {
    return { kind: "percentile", percent: Number(percent) };
  }
  throw new InvalidArgumentError("expected none, percentile:P with 50 < P <= 100, greedy or mse");
}

function share(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("expected a number in [0, 1)");
}
