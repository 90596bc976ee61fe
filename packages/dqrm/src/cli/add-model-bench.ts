import { InvalidArgumentError, Option, type Command } from "commander";
import type { ScaleRefresh } from "@dqrm/core";
import type { TrainingBits } from "@dqrm/dlrm";
import type { ModelBenchOptions } from "../bench/model-options.ts";
import { SHAPES } from "../bench/shapes.ts";
import { benchModelCommand } from "../commands/bench.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { trainingBits, wholeNumber } from "./options.ts";

interface ModelBenchFlags {
  readonly shape: ModelBenchOptions["shape"];
  readonly batch: number;
  readonly threads: number;
  readonly bits: TrainingBits;
  readonly mlpBits?: TrainingBits;
  readonly scale: ScaleRefresh;
  readonly index: ModelBenchOptions["index"];
  readonly pooling: number;
  readonly weighted?: true;
  readonly products: ModelBenchOptions["products"];
  readonly optimizer?: ModelBenchOptions["optimizer"];
  readonly rounds: number;
  readonly steps?: number;
  readonly limitRows?: number;
  readonly kernels: string;
  readonly json?: true;
}

/** Samples of a round when the calls of a round are not given. */
const ROUND_SAMPLES = 8192;

/** Adds `dqrm bench train` or `dqrm bench infer`. */
export function addModelBench(
  bench: Command,
  name: "train" | "infer",
  description: string,
  surroundings: Surroundings,
): void {
  const training = name === "train";
  const products = training ? ["float32", "bfloat16"] : ["float32", "bfloat16", "float16", "int8"];
  const command = bench
    .command(name)
    .description(description)
    .addOption(choice("--shape <name>", "model and tables", Object.keys(SHAPES), "kaggle"))
    .option("--batch <samples>", "samples of a call", wholeNumber(1, 65_536), 128)
    .option("--bits <n>", "bits of the tables, 32 for floats", trainingBits, training ? 32 : 4)
    .option("--mlp-bits <n>", "bits of the layers' weights; those of the tables without it", trainingBits)
    .addOption(choice("--index <law>", "how rows are drawn", ["uniform", "zipf"], "zipf"))
    .option("--pooling <n>", "indices of a bag", wholeNumber(1, 100), 1)
    .option("--weighted", "gives every index a weight")
    .addOption(choice("--products <numbers>", "what the matrix products multiply", products, "float32"))
    .option("--rounds <n>", "rounds, with the peaks measured in between", wholeNumber(1), 9)
    .option("--steps <n>", `calls of a round; about ${ROUND_SAMPLES} samples without it`, wholeNumber(1))
    .option("--limit-rows <n>", "most rows of a table", wholeNumber(1))
    .option("--threads <n>", "threads of the kernels", wholeNumber(1, 1024), surroundings.machine.cores)
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--json", "print one JSON object as the last line");
  if (training) {
    command
      .option(
        "--scale <when>",
        "when scales are chosen: every-step or periodic:STEPS",
        scaleRefresh,
        EVERY_STEP,
      )
      .addOption(choice("--optimizer <rule>", "update rule", ["sgd", "adagrad", "rowwise-adagrad"], "sgd"));
  }
  command.action((flags: ModelBenchFlags) => {
    const { kernels, threads } = flags;
    const call = { kernels, threads, json: flags.json === true };
    return benchModelCommand(name, modelOptions(flags), call, surroundings);
  });
}

const EVERY_STEP: ScaleRefresh = { kind: "every-step" };

function modelOptions(flags: ModelBenchFlags): ModelBenchOptions {
  const { batch, bits, index, limitRows, pooling, products, rounds, shape, threads } = flags;
  return {
    shape,
    batch,
    threads,
    bits,
    mlpBits: flags.mlpBits ?? bits,
    scale: flags.scale ?? EVERY_STEP,
    index,
    pooling,
    weighted: flags.weighted === true,
    products,
    optimizer: flags.optimizer ?? "sgd",
    rounds,
    steps: flags.steps ?? Math.max(4, Math.ceil(ROUND_SAMPLES / batch)),
    limitRows,
  };
}

function choice(flags: string, about: string, values: readonly string[], first: string): Option {
  return new Option(flags, about).choices(values).default(first);
}

function scaleRefresh(text: string): ScaleRefresh {
  if (text === "every-step") return EVERY_STEP;
  const periodSteps = Number(/^periodic:(\d+)$/.exec(text)?.[1]);
  if (periodSteps >= 1 && periodSteps <= 2 ** 31) return { kind: "periodic", periodSteps };
  throw new InvalidArgumentError("expected every-step or periodic:STEPS, as periodic:200");
}
