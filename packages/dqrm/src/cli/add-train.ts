import { groupPlace, type Environment } from "@dqrm/comm";
import { gradientPresets, type GradientPresetName, type LayerSum } from "@dqrm/dlrm";
import { Option, type Command } from "commander";
import { aliasAssignments, aliasInputs, DLRM_ALIASES, type Assignment } from "../commands/dlrm-aliases.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { train } from "../commands/train.ts";
import { parseAssignment } from "../pipeline/resolve-config.ts";
import { chooseTransport } from "../group/choose-transport.ts";
import type { TrainOptions } from "../train/train-options.ts";
import { UsageError } from "../terminal/report-error.ts";
import { gather, layerSumOption, seedNumber, wholeNumber } from "./options.ts";

/** Names the flags of `dqrm train` that have a value of their own; the others are dlrm's. */
interface TrainFlags {
  readonly data: string;
  readonly schema: string;
  readonly label?: string;
  readonly preset?: string;
  readonly set?: readonly string[];
  readonly epochs?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly kernels: string;
  readonly out?: string;
  readonly resume?: string;
  readonly overwrite?: true;
  readonly skipBadLines?: true;
  readonly keep: number;
  readonly checkpointEvery: number;
  readonly workers?: number;
  readonly transport: string;
  readonly layerSum: LayerSum | "auto";
  readonly peerTimeout: number;
  readonly shards?: number;
  readonly codec?: GradientPresetName;
  readonly json?: true;
}

const CODECS = Object.keys(gradientPresets);

/** Long enough for the first worker to evaluate and save while the others wait. */
const DEFAULT_PEER_SECONDS = 300;

const EXAMPLES = `
Examples:
  dqrm train --data clicks.csv --label click --out runs/clicks
  dqrm train --data 'day_*.gz' --preset kaggle --out runs/kaggle
  dqrm train --data clicks.csv --resume runs/clicks --epochs 5
  dqrm train --data clicks.csv --workers 4 --codec int4 --out runs/clicks4
  mpirun -n 4 dqrm train --data clicks.csv --codec int4 --out runs/clicks4
  dqrm train --data 'synthetic:planted?rows=100000&seed=1' --set quantization.tables.bits=8 --out runs/planted
`;

type FlagValues = Readonly<Record<string, unknown>>;

/** Adds `dqrm train`, with the flags of facebookresearch/dlrm as aliases. */
export function addTrain(program: Command, surroundings: Surroundings): void {
  const command = program
    .command("train")
    .description("train a model on a click log or on generated data")
    .requiredOption("--data <file>", "file, pattern like day_*.gz, or synthetic:planted?rows=..&seed=..")
    .option("--schema <schema>", "criteo, auto, or a schema file", "auto")
    .option("--label <column>", "the label's column, for --schema auto")
    .option("--preset <name>", "demo, kaggle, terabyte, mlperf, recommended, or a configuration file")
    .option("--set <key=value>", "override a value of the configuration (repeatable)", gather)
    .option("--epochs <n>", "epochs to train", wholeNumber(1))
    .option("--seed <number>", "seed of weights and order", seedNumber, 1)
    .option(
      "--threads <n>",
      "threads of the kernels; the cores of the machine without it",
      wholeNumber(1, 1024),
    )
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--out <dir>", "model directory to write; with --resume its default")
    .option("--resume <dir>", "go on from the newest checkpoint of a model directory")
    .option("--overwrite", "replace the checkpoints of another run in --out")
    .option("--skip-bad-lines", "leave bad lines out and count them instead of stopping")
    .option("--keep <n>", "checkpoints to keep", wholeNumber(1), 2)
    .option(
      "--checkpoint-every <steps>",
      "steps between checkpoints inside an epoch, 0: none",
      wholeNumber(0),
      0,
    )
    .option("--json", "print one JSON object as the last line");
  addWorkers(command);
  for (const { flag, path, value } of DLRM_ALIASES) {
    const usage = value === undefined ? flag : `${flag} <${value}>`;
    command.addOption(new Option(usage, `sets ${path}`).helpGroup("Flags of facebookresearch/dlrm:"));
  }
  command.addHelpText("after", EXAMPLES);
  command.action((flags: TrainFlags) =>
    train(trainOptions(flags, command.opts(), surroundings.environment), surroundings),
  );
}

/** Adds the flags of training together. */
function addWorkers(command: Command): void {
  command
    .option(
      "--workers <n>",
      "workers that train together, each on its share of every batch (those that a launcher started, or 1)",
      wholeNumber(1, 1024),
    )
    .option(
      "--transport <name>",
      "how they are connected: auto, in-process, threads, mpi, gloo or a package; auto: as the launcher needs it, or threads",
      "auto",
    )
    .option(
      "--peer-timeout <seconds>",
      "a worker that is silent for longer is lost; longer than an evaluation takes",
      wholeNumber(1, 1_000_000),
      DEFAULT_PEER_SECONDS,
    )
    .option(
      "--shards <n>",
      "parts of a batch, a multiple of the workers: the same parts give the same model",
      wholeNumber(1),
    )
    .addOption(new Option("--codec <name>", "how gradients travel between workers").choices(CODECS))
    .addOption(layerSumOption());
}

function trainOptions(flags: TrainFlags, all: FlagValues, environment: Environment): TrainOptions {
  const { label, preset, resume, threads } = flags;
  const out = flags.out ?? resume;
  if (out === undefined) throw new UsageError("required option '--out <dir>' not specified");
  if (out === "") throw new UsageError('--out is "", expected a directory to write');
  const chosen = chooseTransport(flags.transport, flags.workers, groupPlace(environment));
  return {
    ...flags,
    ...chosen,
    peerTimeoutSeconds: flags.peerTimeout,
    label,
    preset,
    resume,
    threads,
    out,
    assignments: assignmentsOf(flags, chosen.workers, all),
    denseInputs: aliasInputs(all),
    overwrite: flags.overwrite === true,
    skipBadLines: flags.skipBadLines === true,
    checkpointEverySteps: flags.checkpointEvery,
    json: flags.json === true,
  };
}

function assignmentsOf(flags: TrainFlags, workers: number, all: FlagValues): readonly Assignment[] {
  const { epochs, set } = flags;
  const epochCount: readonly Assignment[] = epochs === undefined ? [] : [["training.epochs", String(epochs)]];
  return [
    ...aliasAssignments(all),
    ...epochCount,
    ...gradientAssignments(flags, workers),
    ...(set ?? []).map(parseAssignment),
  ];
}

/** A new run of several workers has as many shards, and the paper's bits, unless it says otherwise; one that goes on keeps its own. */
function gradientAssignments({ codec, resume, shards }: TrainFlags, workers: number): readonly Assignment[] {
  const begins = workers > 1 && resume === undefined;
  const preset = codec ?? (begins ? "int8" : undefined);
  const parts = shards ?? (begins ? workers : undefined);
  const codings = preset === undefined ? [] : Object.entries(gradientPresets[preset]);
  return [
    ...(parts === undefined ? [] : [["gradients.shards", String(parts)] as const]),
    ...codings.map(([key, value]): Assignment => [`gradients.${key}`, JSON.stringify(value)]),
  ];
}
