import { DOT4, SHADERS, SHARED, type ShaderName } from "../shaders.generated.ts";
import { deviceError } from "./device-error.ts";

/** Gives the pipeline of a shader, compiled once. */
export type Pipelines = (shader: ShaderName) => Promise<GPUComputePipeline>;

/** Opens the pipelines of a device; `dots` says whether WGSL has dot products of packed bytes there. */
export function openPipelines(device: GPUDevice, dots: boolean): Pipelines {
  const shared = `${SHARED}\n${dots ? DOT4.packed : DOT4.plain}`;
  const compiled = new Map<ShaderName, Promise<GPUComputePipeline>>();
  return (shader) => {
    const known = compiled.get(shader) ?? compile(device, shader, shared);
    compiled.set(shader, known);
    return known;
  };
}

/** What a module enables stands before everything else. */
function enables(shader: ShaderName): string {
  return shader === "matrix-product-f16" ? "enable f16;\n" : "";
}

async function compile(device: GPUDevice, shader: ShaderName, shared: string): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({
    label: shader,
    code: `${enables(shader)}${shared}\n${SHADERS[shader]}`,
  });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter(({ type }) => type === "error");
  if (errors.length > 0) {
    const text = errors.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join("; ");
    throw deviceError(`the shader ${shader} does not compile: ${text}`);
  }
  return device.createComputePipelineAsync({
    label: shader,
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
}
