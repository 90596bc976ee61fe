import { groupPlace } from "@dqrm/comm";
import { gradientPresets, type GradientPresetName } from "@dqrm/dlrm";
import { InvalidArgumentError, Option, type Command } from "commander";
import {
  benchCodecCommand,
  benchExchangeCommand,
  benchKernelsCommand,
  benchLookupCommand,
  benchRowsCommand,
  type BenchCall,
} from "../commands/bench.ts";
import type { CodecBenchOptions } from "../bench/bench-codec.ts";
import type { ExchangeBenchOptions } from "../bench/bench-exchange.ts";
import type { KernelsBenchOptions } from "../bench/bench-kernels.ts";
import type { LookupBenchOptions } from "../bench/bench-lookup.ts";
import type { RowsBenchOptions } from "../bench/bench-rows.ts";
import { SHAPES } from "../bench/shapes.ts";
import type { Surroundings } from "../commands/surroundings.ts";
import { chooseTransport } from "../group/choose-transport.ts";
import { runAtRate } from "../group/start-processes.ts";
import { addModelBench } from "./add-model-bench.ts";
import { codeBits, layerSumOption, wholeNumber } from "./options.ts";

type Flags<Options> = Options & Omit<BenchCall, "json"> & { readonly json?: true };

/** Adds `dqrm bench` with a command for each benchmark. */
export function addBench(program: Command, surroundings: Surroundings): void {
  const bench = program.command("bench").description("measure on this machine, and check what was measured");
  addModelBench(bench, "train", "training steps over the full tables of a model", surroundings);
  addModelBench(bench, "infer", "predictions over the full packed tables of a model", surroundings);
  addKernelsBench(bench, surroundings);
  addLookupBench(bench, surroundings);
  addRowsBench(bench, surroundings);
  addCodecBench(bench, surroundings);
  addExchangeBench(bench, surroundings);
}

function addCodecBench(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command("codec")
    .description("bytes and time of the gradients that workers send each other")
    .addOption(
      new Option("--shape <name>", "model and tables").choices(Object.keys(SHAPES)).default("kaggle"),
    )
    .option("--batch <samples>", "samples of a worker in a step", wholeNumber(1, 65_536), 128)
    .addOption(new Option("--index <law>", "how rows are drawn").choices(["uniform", "zipf"]).default("zipf"))
    .option("--limit-rows <n>", "most rows of a table", wholeNumber(1))
    .option("--warmup <steps>", "training steps before the first message", wholeNumber(0), 50)
    .option("--steps <n>", "messages of each codec", wholeNumber(1), 20)
    .option("--threads <n>", "threads of the kernels", wholeNumber(1, 1024), surroundings.machine.cores);
  kernelOptions(command).action(({ limitRows, ...flags }: Flags<CodecBenchOptions>) =>
    benchCodecCommand({ ...flags, limitRows }, benchCall(flags), surroundings),
  );
}

function addExchangeBench(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command("exchange")
    .description("time to exchange the gradients of a step between processes, for each codec")
    .addOption(
      new Option("--shape <name>", "model and tables").choices(Object.keys(SHAPES)).default("kaggle"),
    )
    .option("--workers <n>", "processes (those that a launcher started, or 2)", wholeNumber(2, 64))
    .option("--transport <name>", "gloo, mpi or a package", "auto")
    .option(
      "--rate <mbit>",
      "each worker on a machine of its own that sends at so many Mbit/s (needs root)",
      wholeNumber(1, 1_000_000),
    )
    .addOption(codecList())
    .addOption(layerSumOption())
    .option("--batch <samples>", "samples of a worker in a step", wholeNumber(1, 65_536), 128)
    .addOption(new Option("--index <law>", "how rows are drawn").choices(["uniform", "zipf"]).default("zipf"))
    .option("--limit-rows <n>", "most rows of a table", wholeNumber(1))
    .option("--warmup <steps>", "training steps before the first exchange", wholeNumber(0), 50)
    .option("--steps <n>", "exchanges by each codec", wholeNumber(1), 20)
    .option("--threads <n>", "threads of the kernels", wholeNumber(1, 1024), 1);
  kernelOptions(command).action(({ limitRows, rate, transport, workers, ...flags }: ExchangeFlags) => {
    const place = groupPlace(surroundings.environment);
    if (rate !== undefined && place === undefined) {
      return runAtRate({ rateMbit: rate, workers: workers ?? 2 }, surroundings.startProcess);
    }
    const count = place === undefined ? (workers ?? 2) : workers;
    const chosen = chooseTransport(
      transport === "auto" && place === undefined ? "gloo" : transport,
      count,
      place,
    );
    return benchExchangeCommand({ ...flags, limitRows }, chosen, benchCall(flags), surroundings);
  });
}

type ExchangeFlags = Flags<ExchangeBenchOptions> & {
  readonly transport: string;
  readonly rate?: number;
  readonly workers?: number;
};

function codecList(): Option {
  const names = Object.keys(gradientPresets);
  return new Option("--codecs <list>", "codecs, compared with the first")
    .argParser((text: string): readonly GradientPresetName[] => {
      const wanted = text.split(",");
      const codecs = wanted.filter((name): name is GradientPresetName => names.includes(name));
      if (codecs.length === wanted.length) return codecs;
      throw new InvalidArgumentError(`expected ${names.join(", ")}, joined by commas`);
    })
    .default(
      ["float32", "int8", "int4", "onebit", "lowrank", "topk"] satisfies readonly GradientPresetName[],
      "float32,int8,int4,onebit,lowrank,topk",
    );
}

function addKernelsBench(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command("kernels")
    .description("matrix products on one thread, as shares of the peak of the same moment")
    .addOption(countList("--samples <list>", "samples of a product", [64, 128, 2048], "64,128,2048"))
    .option("--rounds <n>", "rounds of each product", wholeNumber(1), 7);
  kernelOptions(command).action((flags: Flags<KernelsBenchOptions>) =>
    benchKernelsCommand(flags, benchCall({ ...flags, threads: 1 }), surroundings),
  );
}

function addLookupBench(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command("lookup")
    .description("bags of packed rows, by one kernel and through a plan")
    .option("--rows <n>", "rows of the table", wholeNumber(1, 2 ** 31 - 1), 10_000_000)
    .option("--cols <n>", "columns of the table", wholeNumber(1, 1024), 16)
    .option("--bits <n>", "bits of a code", codeBits, 4)
    .addOption(countList("--poolings <list>", "indices of a bag", [1, 32], "1,32"))
    .addOption(
      new Option("--index <law>", "how rows are drawn").choices(["uniform", "zipf"]).default("uniform"),
    )
    .option("--rounds <n>", "rounds", wholeNumber(1), 15)
    .option("--steps <n>", "calls timed in each round", wholeNumber(1), 64)
    .option("--workers <n>", "worker threads that share the table, 0: none", wholeNumber(0, 256), 0)
    .option("--threads <n>", "threads of the plan", wholeNumber(1, 1024), surroundings.machine.cores);
  kernelOptions(command).action(({ poolings, ...flags }: Flags<LookupBenchOptions>) =>
    benchLookupCommand({ ...flags, poolings }, benchCall(flags), surroundings),
  );
}

function addRowsBench(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command("rows")
    .description("time and memory of a training step against the rows of its tables")
    .addOption(
      countList(
        "--rows <list>",
        "rows of each table, compared with the first",
        [10_000, 10_000_000],
        "1e4,1e7",
      ),
    )
    .option("--tables <n>", "tables of the model", wholeNumber(1, 64), 1)
    .option("--bits <n>", "bits of the tables, 32 for floats", wholeNumber(1, 32), 4)
    .option("--batch <samples>", "samples in a step", wholeNumber(1, 65_536), 128)
    .option("--steps <n>", "steps timed in each round", wholeNumber(1), 200)
    .option("--rounds <n>", "rounds, in which the sizes alternate", wholeNumber(1), 7)
    .option("--threads <n>", "threads of the kernels", wholeNumber(1, 1024), 1);
  kernelOptions(command).action((flags: Flags<Omit<RowsBenchOptions, "kernels">>) =>
    benchRowsCommand(flags, benchCall(flags), surroundings),
  );
}

function kernelOptions(command: Command): Command {
  return command
    .option("--kernels <list>", "kernels in order of preference", "auto")
    .option("--json", "print one JSON object as the last line");
}

function benchCall({ json, kernels, threads }: Flags<unknown>): BenchCall {
  return { kernels, threads, json: json === true };
}

function countList(flags: string, about: string, values: readonly number[], text: string): Option {
  return new Option(flags, about).argParser(readCounts).default(values, text);
}

function readCounts(text: string): readonly number[] {
  const counts = text.split(",").map(Number);
  if (counts.every((count) => Number.isSafeInteger(count) && count > 0)) return counts;
  throw new InvalidArgumentError("expected whole numbers of at least 1 joined by commas, as 1e4,1e7");
}
