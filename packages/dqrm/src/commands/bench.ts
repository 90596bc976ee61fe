import { watched } from "@dqrm/comm";
import type { LoadedKernels } from "@dqrm/core";
import { benchCodec, type CodecBenchOptions } from "../bench/bench-codec.ts";
import { benchExchange, type ExchangeBenchOptions } from "../bench/bench-exchange.ts";
import { benchInfer } from "../bench/bench-infer.ts";
import { benchKernels, type KernelsBenchOptions } from "../bench/bench-kernels.ts";
import { benchLookup, type LookupBenchOptions } from "../bench/bench-lookup.ts";
import { benchRows, type RowsBenchOptions } from "../bench/bench-rows.ts";
import {
  codecText,
  exchangeText,
  kernelsText,
  lookupText,
  modelText,
  rowsText,
} from "../bench/bench-text.ts";
import { benchTrain } from "../bench/bench-train.ts";
import type { Meters } from "../bench/meters.ts";
import type { ModelBenchTools } from "../bench/model-bench.ts";
import type { ModelBenchOptions } from "../bench/model-options.ts";
import type { ChosenTransport } from "../group/choose-transport.ts";
import { connectProcesses } from "../group/connect-processes.ts";
import { chooseKernels } from "../pipeline/choose-kernels.ts";
import { silenced } from "../terminal/silenced.ts";
import { noteKernels, noteThreads } from "./notes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Allocating and filling the tables of a shape takes the slowest process less than this. */
const PEER_TIMEOUT_MS = 300_000;

/** Says by which kernels a benchmark runs, and how its result is printed. */
export interface BenchCall {
  readonly kernels: string;
  /** Threads of the kernels. */
  readonly threads: number;
  readonly json: boolean;
}

/** Measures the time and memory of a training step against the rows of its tables. */
export async function benchRowsCommand(
  options: Omit<RowsBenchOptions, "kernels">,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const { kernels } = await benchmarkKernels(call, surroundings);
  print(benchRows({ ...options, kernels }, metersOf(surroundings)), rowsText, call, surroundings);
}

/** Measures training steps or predictions of a whole model. */
export async function benchModelCommand(
  name: "train" | "infer",
  options: ModelBenchOptions,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const { kernels } = await benchmarkKernels(call, surroundings);
  const note = (line: string): void => surroundings.terminal.err(`${line}\n`);
  const tools: ModelBenchTools = { kernels, meters: metersOf(surroundings), note };
  const result = name === "train" ? benchTrain(options, tools) : benchInfer(options, tools);
  print(result, modelText, call, surroundings);
}

/** Measures the messages that workers would send each other. */
export async function benchCodecCommand(
  options: CodecBenchOptions,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const { kernels } = await benchmarkKernels(call, surroundings);
  print(benchCodec(options, kernels, metersOf(surroundings)), codecText, call, surroundings);
}

/** Measures the exchange of gradients among the processes of a group, of which the first prints the result. */
export async function benchExchangeCommand(
  options: ExchangeBenchOptions,
  chosen: ChosenTransport,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const { close, transport } = await connectProcesses(chosen, surroundings);
  const first = transport.rank === 0;
  const own = first ? surroundings : { ...surroundings, terminal: silenced(surroundings.terminal) };
  try {
    const { kernels } = await benchmarkKernels(call, own);
    const watching = watched(transport, { timeoutMs: PEER_TIMEOUT_MS, startTimer: surroundings.startTimer });
    const tools = { kernels, meters: metersOf(surroundings), transport: watching };
    print(await benchExchange(options, tools), exchangeText, call, own);
  } catch (error) {
    await close(error);
    throw error;
  }
  await close();
}

/** Measures the matrix products of linear layers. */
export async function benchKernelsCommand(
  options: KernelsBenchOptions,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const loaded = await benchmarkKernels(call, surroundings);
  const result = benchKernels(options, loaded.kernels, metersOf(surroundings));
  print({ ...result, skipped: Object.fromEntries(loaded.skipped) }, kernelsText, call, surroundings);
}

/** Measures lookups of packed rows. */
export async function benchLookupCommand(
  options: LookupBenchOptions,
  call: BenchCall,
  surroundings: Surroundings,
): Promise<void> {
  const { kernels } = await benchmarkKernels(call, surroundings);
  const { lookupWorkerUrl: workerUrl } = surroundings;
  const tools = { kernels, list: call.kernels, workerUrl, meters: metersOf(surroundings) };
  print(await benchLookup(options, tools), lookupText, call, surroundings);
}

async function benchmarkKernels(
  { kernels: list, threads }: BenchCall,
  { importModule, terminal }: Surroundings,
): Promise<LoadedKernels> {
  const loaded = await chooseKernels(list, importModule, { threads });
  noteKernels(loaded, terminal);
  noteThreads(threads, loaded, terminal);
  return loaded;
}

function metersOf({ measureMemory, processMemory, terminal }: Surroundings): Meters {
  return { measureMemory, processMemory, now: () => terminal.now() };
}

function print<Result>(
  result: Result,
  text: (result: Result) => string,
  { json }: BenchCall,
  { machine, terminal }: Surroundings,
): void {
  terminal.out(json ? `${JSON.stringify({ ...result, machine })}\n` : `${text(result)}\n`);
}
