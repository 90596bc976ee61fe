import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  decodeTableHeader,
  DqrmError,
  parseJson,
  TABLE_HEADER_BYTES,
  type RowFormat,
  type ScaleGranularity,
  type Scheme,
  type TableQuantization,
} from "@dqrm/core";
import { PACKED_FORMAT, readModelMetadata, ROWS_KEY } from "../model-file/metadata.ts";
import { modelParts, partTensors, type ModelPart } from "../model-file/parts.ts";
import { parseRowsDescription } from "../model-file/spec-reader.ts";
import {
  decodeSafetensorsHeader,
  safetensorsHeaderBytes,
  type SafetensorsHeader,
} from "../safetensors/header.ts";
import { LENGTH_BYTES } from "../safetensors/layout.ts";
import { MANIFEST_NAME } from "./manifest.ts";
import { modelBytes, type ModelBytes } from "./model-bytes.ts";
import { MODEL_DIRECTORY, MODEL_FILES } from "./model-directory.ts";
import { openDirectory, type SavedDirectory } from "./read-directory.ts";
import { attempt } from "./attempt.ts";

/** Describes one matrix of a model or table file: its shape, how it is stored and what it takes. */
export interface MatrixInspection {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** 32 for floats. */
  readonly bits: number;
  /** Null for floats. */
  readonly scheme: Scheme | null;
  readonly granularity: ScaleGranularity | null;
  /** Bytes of codes or floats. */
  readonly codeBytes: number;
  /** Bytes of scales and biases. */
  readonly scaleBytes: number;
}

/** Describes an embedding table, with the quantization that it was trained behind. */
export interface EmbeddingInspection extends MatrixInspection {
  readonly quantization: TableQuantization;
}

/** Describes a model directory: every matrix, and where every byte of every file goes. */
export interface ModelInspection {
  readonly kind: "model";
  readonly path: string;
  /** Embedding tables by the names of their features. */
  readonly tables: readonly EmbeddingInspection[];
  /** Weights and biases of linear layers, and pooling weights. */
  readonly layers: readonly MatrixInspection[];
  /** The bytes of model.safetensors. */
  readonly bytes: ModelBytes;
  /** Every file of the directory's manifest, and the manifest. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly totalBytes: number;
}

/** Describes a table file. */
export interface TableInspection {
  readonly kind: "table";
  readonly path: string;
  readonly table: MatrixInspection;
  readonly headerBytes: number;
  readonly paddingBytes: number;
  readonly totalBytes: number;
}

/**
 * Describes a model directory or a table file from its headers alone.
 *
 * @throws IO when the path is absent; FORMAT, CONFIG or LIMIT when a header is malformed
 * @cost reads headers only, whatever the size of the tables; checksums of tensors are left to loading
 *
 * ```ts doctest
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateModelState, createArena, createKernels, reference } from "@dqrm/core";
 * import { buildModelSpec, packModel, presets } from "@dqrm/dlrm";
 * import { inspectPath, saveModelDirectory } from "@dqrm/dlrm/node";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const model = packModel(spec, state, createKernels([reference]));
 * const card = { title: "Clicks", license: "apache-2.0", tags: [], description: "An example.", metrics: {} };
 * const directory = await mkdtemp(join(tmpdir(), "model-"));
 * await saveModelDirectory(directory, { config: {}, model, preprocessing: {}, card, metrics: [] });
 * const found = await inspectPath(directory);
 * found.kind === "model" ? found.bytes.codes : 0; // => 800
 * ```
 */
export async function inspectPath(path: string): Promise<ModelInspection | TableInspection> {
  const status = await attempt("inspect", path, () => stat(path));
  return status.isDirectory() ? await inspectModel(path) : await inspectTable(path, status.size);
}

async function inspectTable(path: string, fileBytes: number): Promise<TableInspection> {
  const start = await attempt("read", path, async () => {
    const file = await open(path, "r");
    try {
      const bytes = new Uint8Array(TABLE_HEADER_BYTES);
      const { bytesRead } = await file.read(bytes, 0, TABLE_HEADER_BYTES, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  });
  const { format, rows } = decodeTableHeader(path, start, fileBytes);
  const table = describeMatrix({ name: path, rows, cols: format.cols, format });
  const paddingBytes = fileBytes - TABLE_HEADER_BYTES - table.codeBytes - table.scaleBytes;
  return { kind: "table", path, table, headerBytes: TABLE_HEADER_BYTES, paddingBytes, totalBytes: fileBytes };
}

async function inspectModel(path: string): Promise<ModelInspection> {
  const saved = await openDirectory(path, MODEL_DIRECTORY);
  // The card and the metrics may have been edited since: they are only measured.
  await saved.checkLengths([MODEL_FILES.config, MODEL_FILES.model, MODEL_FILES.preprocessing]);
  const source = join(path, MODEL_FILES.model);
  const fileBytes = await saved.length(MODEL_FILES.model);
  const header = await readHeader(saved, source, fileBytes);
  const spec = readModelMetadata(source, PACKED_FORMAT, header.metadata);
  const parts = modelParts(spec).map((part) => ({ ...part, format: storedFormat(source, part, header) }));
  checkTensors(source, parts, header);
  const matrices = parts.map((part) => ({ part, matrix: describeMatrix(part) }));
  const files = [{ name: MANIFEST_NAME, bytes: saved.manifestBytes }];
  for (const { name } of saved.manifest.files) files.push({ name, bytes: await saved.length(name) });
  return {
    kind: "model",
    path,
    tables: matrices
      .filter(({ part }) => part.kind === "table")
      .map(({ matrix }, t) => {
        const { name, quantization } = spec.tables[t];
        return { ...matrix, name, quantization };
      }),
    layers: matrices.filter(({ part }) => part.kind !== "table").map(({ matrix }) => matrix),
    bytes: modelBytes(spec, {
      tensors: header.tensors,
      header: { length: header.headerBytes },
      fileBytes,
    }),
    files,
    totalBytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

async function readHeader(
  saved: SavedDirectory,
  source: string,
  fileBytes: number,
): Promise<SafetensorsHeader> {
  const length = await saved.readStart(MODEL_FILES.model, LENGTH_BYTES);
  const headerBytes = safetensorsHeaderBytes(source, length, fileBytes);
  return decodeSafetensorsHeader(source, await saved.readStart(MODEL_FILES.model, headerBytes), fileBytes);
}

function storedFormat(
  source: string,
  { name }: ModelPart,
  { metadata }: SafetensorsHeader,
): RowFormat | undefined {
  const description = metadata.get(`${ROWS_KEY}${name}`);
  if (description === undefined) return undefined;
  const place = `${source} metadata ${ROWS_KEY}${name}`;
  return parseRowsDescription(place, parseJson(place, description));
}

function checkTensors(source: string, parts: readonly ModelPart[], { tensors }: SafetensorsHeader): void {
  const stored = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const { dtype, name, shape } of parts.flatMap(partTensors)) {
    const tensor = stored.get(name);
    if (tensor?.dtype === dtype && tensor.shape.join() === shape.join()) continue;
    const actual = tensor === undefined ? "no such tensor" : `${tensor.dtype} [${tensor.shape.join(", ")}]`;
    const expected = `tensor ${name} ${dtype} [${shape.join(", ")}]`;
    throw new DqrmError("FORMAT", { source, offset: 0, expected, actual });
  }
}

function describeMatrix({ cols, format, name, rows }: Omit<ModelPart, "kind">): MatrixInspection {
  const [codes, ...scales] = partTensors({ name, rows, cols, format, kind: "layer" }).map(
    ({ dtype, shape }) => shape.reduce((product, extent) => product * extent, dtype === "U8" ? 1 : 4),
  );
  return {
    name,
    rows,
    cols,
    bits: format?.bits ?? 32,
    scheme: format?.scheme ?? null,
    granularity: format?.granularity ?? null,
    codeBytes: codes,
    scaleBytes: scales.reduce((sum, bytes) => sum + bytes, 0),
  };
}
