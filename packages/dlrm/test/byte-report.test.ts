import { describe, expect, it } from "vitest";
import { buildModelSpec, byteReport, floatTwin, presets, setConfigValues, type DlrmConfig } from "@dqrm/dlrm";

/** Rows of all 26 Kaggle tables together, from the logs of the reference program. */
const KAGGLE_TOTAL_ROWS = 33_762_577;

const shape = { denseFeatures: 13, features: [{ name: "all", rows: KAGGLE_TOTAL_ROWS }] };

const reportOf = (config: DlrmConfig, headers = 0) => byteReport(buildModelSpec(config, shape), headers);

describe("byteReport", () => {
  it("counts two codes a byte: 16 columns of INT4 take 8 bytes a row", () => {
    const { embeddings, tables } = reportOf(presets.kaggle);

    expect(embeddings).toBe(KAGGLE_TOTAL_ROWS * 8);
    expect(tables).toEqual([
      {
        name: "all",
        rows: KAGGLE_TOTAL_ROWS,
        cols: 16,
        bits: 4,
        bytes: KAGGLE_TOTAL_ROWS * 8,
        scaleBytes: 4,
      },
    ]);
  });

  it("counts floats: 2.1608 GB of embeddings, as the paper's Kaggle model", () => {
    const { embeddings, float, mlp, scales } = reportOf(floatTwin(presets.kaggle));

    expect(embeddings).toBe(KAGGLE_TOTAL_ROWS * 16 * 4);
    expect(scales).toBe(0);
    expect(embeddings + mlp).toBe(float);
  });

  it("adds up to the total, headers included", () => {
    const { embeddings, headers, mlp, scales, total } = reportOf(presets.kaggle, 1234);

    expect(embeddings + mlp + scales + headers).toBe(total);
    expect(headers).toBe(1234);
  });

  it("counts one scale for each output and its bias, or one for the matrix", () => {
    // Outputs of the layers 512, 256, 64, 16 and 512, 256, 1; one table scale.
    const outputs = 512 + 256 + 64 + 16 + 512 + 256 + 1;
    const matrix = setConfigValues(presets.kaggle, [["quantization.mlp.granularity", "matrix"]]);
    const floatBias = setConfigValues(matrix, [["quantization.mlp.bias", "float"]]);

    expect(reportOf(presets.kaggle).scales).toBe(4 * (2 * outputs + 1));
    expect(reportOf(matrix).scales).toBe(4 * (2 * 7 + 1));
    expect(reportOf(floatBias).scales).toBe(4 * (7 + 1));
  });

  it("counts a scale for each row where rows have their own", () => {
    const config = setConfigValues(presets.kaggle, [["quantization.tables.granularity", "row"]]);

    expect(reportOf(config).tables[0].scaleBytes).toBe(4 * KAGGLE_TOTAL_ROWS);
  });

  it("counts the ranges of activations with the scales, twelve bytes for each input of a layer", () => {
    const config = setConfigValues(presets.kaggle, [
      ["quantization.activations.bits", "8"],
      ["quantization.activations.at", "layers"],
    ]);

    expect(reportOf(config).scales - reportOf(presets.kaggle).scales).toBe(7 * 12);
  });
});
