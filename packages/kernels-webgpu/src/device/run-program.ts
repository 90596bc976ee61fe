import { attempt } from "./attempt.ts";
import { deviceError } from "./device-error.ts";
import type { BufferUse, DeviceMemory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";
import { workgroups, type Program, type ProgramBuffer, type ProgramPass } from "./program.ts";
import { write } from "./write.ts";

/** Holds what programs run on. */
export interface Runner {
  readonly gpu: GPUDevice;
  readonly memory: DeviceMemory;
  readonly pipelines: Pipelines;
  readonly residents: ReadonlyMap<number, GPUBuffer>;
}

/** Uniforms of all passes lie in one buffer, this far apart, as every device lets them. */
const UNIFORM_STEP = 256;

type Take = (use: BufferUse, bytes: number) => GPUBuffer;

/** Runs a program in one submission. */
export async function runProgram(runner: Runner, program: Program): Promise<readonly Uint8Array[]> {
  const { gpu, memory } = runner;
  const pipelines = new Map(
    await Promise.all(
      program.passes
        .flatMap((pass) => ("shader" in pass ? [pass.shader] : []))
        .map(async (shader) => [shader, await runner.pipelines(shader)] as const),
    ),
  );
  const taken: [use: BufferUse, buffer: GPUBuffer][] = [];
  const take: Take = (use, bytes) => {
    const buffer = memory.take(use, bytes);
    taken.push([use, buffer]);
    return buffer;
  };
  try {
    gpu.pushErrorScope("validation");
    gpu.pushErrorScope("out-of-memory");
    const staged = attempt(() => submit(runner, pipelines, program, take));
    for (const refusal of await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]))
      if (refusal !== null) throw deviceError(refusal.message);
    return await Promise.all(staged().map((target, k) => readBack(target, program.reads[k].bytes)));
  } finally {
    for (const [use, buffer] of taken) memory.release(use, buffer);
  }
}

function submit(
  runner: Runner,
  pipelines: ReadonlyMap<string, GPUComputePipeline>,
  { buffers: wanted, passes, reads }: Program,
  take: Take,
): readonly GPUBuffer[] {
  const { gpu } = runner;
  const buffers = wanted.map((buffer) => place(runner, buffer, take));
  const uniforms = writeUniforms(
    gpu,
    passes.flatMap((pass) => ("params" in pass ? [pass.params] : [])),
    take,
  );
  const encoder = gpu.createCommandEncoder();
  let uniform = 0;
  for (const pass of passes) {
    if ("copy" in pass) {
      const [from, to] = pass.copy;
      encoder.copyBufferToBuffer(buffers[from], pass.fromByte, buffers[to], pass.toByte, pass.bytes);
      continue;
    }
    const pipeline = pipelines.get(pass.shader);
    const [x, y, z] = workgroups(pass.invocations, gpu.limits.maxComputeWorkgroupsPerDimension);
    if (pipeline !== undefined && x * y * z > 0) {
      const encoded = encoder.beginComputePass();
      encoded.setPipeline(pipeline);
      const at = { buffer: uniforms, offset: uniform * UNIFORM_STEP, size: pass.params.byteLength };
      encoded.setBindGroup(0, gpu.createBindGroup(bindings(pipeline, at, pass, buffers)));
      encoded.dispatchWorkgroups(x, y, z);
      encoded.end();
    }
    uniform++;
  }
  const staged = reads.map(({ buffer, bytes }) => {
    const size = 4 * Math.ceil(bytes / 4);
    const target = take("read", size);
    if (size > 0) encoder.copyBufferToBuffer(buffers[buffer], 0, target, 0, size);
    return target;
  });
  gpu.queue.submit([encoder.finish()]);
  return staged;
}

function place({ gpu, residents }: Runner, wanted: ProgramBuffer, take: Take): GPUBuffer {
  if (!("resident" in wanted)) {
    const buffer = take("storage", "data" in wanted ? wanted.data.byteLength : wanted.bytes);
    if ("data" in wanted) write(gpu, buffer, wanted.data);
    return buffer;
  }
  const buffer = residents.get(wanted.resident);
  if (buffer === undefined) throw deviceError(`there is no buffer ${wanted.resident}: it was disposed of`);
  if (wanted.data !== undefined) write(gpu, buffer, wanted.data);
  return buffer;
}

function writeUniforms(gpu: GPUDevice, params: readonly Uint32Array[], take: Take): GPUBuffer {
  const all = new Uint32Array((UNIFORM_STEP / 4) * params.length);
  params.forEach((words, k) => {
    all.set(words, (UNIFORM_STEP / 4) * k);
  });
  const buffer = take("uniform", all.byteLength);
  write(gpu, buffer, all);
  return buffer;
}

function bindings(
  pipeline: GPUComputePipeline,
  uniform: GPUBufferBinding,
  pass: ProgramPass,
  buffers: readonly GPUBuffer[],
): GPUBindGroupDescriptor {
  const entries = pass.buffers.map((at, k) => ({ binding: k + 1, resource: { buffer: buffers[at] } }));
  return {
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: uniform }, ...entries],
  };
}

/** `GPUMapMode.READ`, which is a global of browsers alone. */
const READ = 1;

async function readBack(buffer: GPUBuffer, bytes: number): Promise<Uint8Array> {
  if (bytes === 0) return new Uint8Array(0);
  await buffer.mapAsync(READ, 0, 4 * Math.ceil(bytes / 4));
  const copy = new Uint8Array(buffer.getMappedRange(0, 4 * Math.ceil(bytes / 4))).slice(0, bytes);
  buffer.unmap();
  return copy;
}
