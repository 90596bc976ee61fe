import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coreCols,
  coreDeviation,
  coreIndices,
  createRandom,
  prepareTensorTrain,
  tensorTrainShape,
  type CoreArrays,
  type TensorTrainShape,
} from "../../src/index.ts";

const shapes = fc.record({
  coreRows: fc.constant([2, 3, 4] as const),
  dims: fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  ),
  rank: fc.integer({ min: 1, max: 4 }),
  count: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 1000 }),
});

function shapeOf({ dims, ...rest }: Omit<TensorTrainShape, "cols">): TensorTrainShape {
  return { ...rest, dims, cols: dims[0] * dims[1] * dims[2] };
}

function randomCores(shape: TensorTrainShape, count: number, seed: number, deviation = 1): CoreArrays {
  const random = createRandom({ seed, stream: 0 });
  const fill = (cols: number): Float32Array =>
    Float32Array.from({ length: count * cols }, () => deviation * random.normal());
  const [first, middle, last] = coreCols(shape);
  return [fill(first), fill(middle), fill(last)];
}

/** Σ_p Σ_q G1[a, p] · G2[p, b, q] · G3[q, c], term by term. */
function rowByTerms({ dims, rank }: TensorTrainShape, [g1, g2, g3]: CoreArrays, at: number): number[] {
  const [d1, d2, d3] = dims;
  const row = new Array<number>(d1 * d2 * d3).fill(0);
  row.forEach((_, i) => {
    const [a, b, c] = [Math.floor(i / (d2 * d3)), Math.floor(i / d3) % d2, i % d3];
    for (let p = 0; p < rank; p++) {
      for (let q = 0; q < rank; q++) {
        row[i] +=
          g1[at * d1 * rank + a * rank + p] *
          g2[at * rank * d2 * rank + (p * d2 + b) * rank + q] *
          g3[at * rank * d3 + q * d3 + c];
      }
    }
  });
  return row;
}

describe("a tensor train", () => {
  test("gives the sums of the definition", () => {
    fc.assert(
      fc.property(shapes, ({ count, seed, ...rest }) => {
        const shape = shapeOf(rest);
        const cores = randomCores(shape, count, seed);
        const rows = new Float32Array(count * shape.cols);

        prepareTensorTrain(shape).multiply(cores, rows, count);

        for (let k = 0; k < count; k++) {
          rowByTerms(shape, cores, k).forEach((value, i) => {
            // rank² terms of at most 5³, the sums over p rounded to f32 before the sums over q.
            const bound = shape.rank ** 2 * 5 ** 3 * 2 ** -23;
            expect(Math.abs(rows[k * shape.cols + i] - value)).toBeLessThan(bound);
          });
        }
      }),
    );
  });

  test("passes back the gradient that differences show", () => {
    fc.assert(
      fc.property(shapes, ({ count, seed, ...rest }) => {
        const shape = shapeOf(rest);
        const cores = randomCores(shape, count, seed);
        const drows = Float32Array.from({ length: count * shape.cols }, (_, i) => (i % 5) - 2);
        const dcores = randomCores(shape, count, seed + 1);
        const loss = (): number => {
          let sum = 0;
          for (let k = 0; k < count; k++) {
            rowByTerms(shape, cores, k).forEach((value, i) => (sum += value * drows[k * shape.cols + i]));
          }
          return sum;
        };

        prepareTensorTrain(shape).backward(cores, drows, dcores, count);

        cores.forEach((core, part) => {
          core.forEach((value, i) => {
            // The loss is linear in each number of a core: a difference of any width is its derivative.
            core[i] = value + 1;
            const [high, above] = [core[i], loss()];
            core[i] = value - 1;
            const slope = (above - loss()) / (high - core[i]);
            core[i] = value;
            const magnitude = shape.rank ** 2 * shape.cols * 2 * 5 ** 2;
            expect(Math.abs(dcores[part][i] - slope)).toBeLessThan(magnitude * 2 ** -21);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  test("splits every index into another triple of core rows", () => {
    const { coreRows } = tensorTrainShape(1000, 8, 2);
    const triples = Array.from({ length: 1000 }, (_, x) => coreIndices(coreRows, x));

    expect(new Set(triples.map((triple) => triple.join())).size).toBe(1000);
    expect(triples.every((triple) => triple.every((row, k) => row >= 0 && row < coreRows[k]))).toBe(true);
  });

  test("has room for the rows and the columns asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 256 }),
        fc.integer({ min: 1, max: 64 }),
        (rows, cols, rank) => {
          const { coreRows, dims } = tensorTrainShape(rows, cols, rank);
          const capacity = coreRows[0] * coreRows[1] * coreRows[2];

          expect(dims[0] * dims[1] * dims[2]).toBe(cols);
          expect(capacity).toBeGreaterThanOrEqual(rows);
          // No core can do with a row less.
          expect((coreRows[0] - 1) * coreRows[1] * coreRows[2]).toBeLessThan(rows);
        },
      ),
    );
  });

  test("starts with the deviation that the table should have", () => {
    const shape = tensorTrainShape(1000, 16, 4);
    const count = 4000;
    const cores = randomCores(shape, count, 5, coreDeviation(0.1, shape.rank));
    const rows = new Float32Array(count * shape.cols);

    prepareTensorTrain(shape).multiply(cores, rows, count);

    const variance = rows.reduce((sum, value) => sum + value * value, 0) / rows.length;
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(0.05);
  });
});
