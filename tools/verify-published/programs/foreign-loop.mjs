import { packedTable, qatTable, uniformInit } from "@dqrm/embedding";

const ROWS = 50;
const COLS = 8;
const BATCH = 16;
const STEPS = 400;

/** The adopter's own bags: three of the rows, by a fixed rule. */
function bagsAt(step) {
  const offsets = Int32Array.from({ length: BATCH + 1 }, (_, b) => 3 * b);
  const indices = Int32Array.from({ length: 3 * BATCH }, (_, i) => (step * 7 + i * 13) % ROWS);
  return { offsets, indices };
}

/** The truth to learn: bags that hold row 0 to 24 more than the others are liked. */
function labelsOf({ indices }) {
  return Array.from({ length: BATCH }, (_, b) => {
    const low = indices.subarray(3 * b, 3 * b + 3).filter((row) => row < ROWS / 2).length;
    return low >= 2 ? 1 : 0;
  });
}

const table = qatTable({
  rows: ROWS,
  cols: COLS,
  pooling: "sum",
  optimizer: { kind: "rowwise-adagrad", epsilon: 1e-10 },
  weights: uniformInit({ rows: ROWS, cols: COLS }, { seed: 1, stream: 0 }),
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
});
const direction = Float32Array.from({ length: COLS }, (_, c) => (c % 2 === 0 ? 1 : -1));
const vectors = new Float32Array(BATCH * COLS);
const gradient = new Float32Array(BATCH * COLS);

/** One step of logistic regression on the pooled rows; the loop, the loss and the labels are the adopter's. */
function train(step) {
  const bags = bagsAt(step);
  const labels = labelsOf(bags);
  table.forward(bags, vectors);
  let loss = 0;
  for (let b = 0; b < BATCH; b += 1) {
    const logit = direction.reduce((sum, d, c) => sum + d * vectors[b * COLS + c], 0);
    const p = 1 / (1 + Math.exp(-logit));
    loss -= Math.log(labels[b] === 1 ? p : 1 - p) / BATCH;
    for (let c = 0; c < COLS; c += 1) gradient[b * COLS + c] = ((p - labels[b]) * direction[c]) / BATCH;
  }
  table.apply(table.backward(bags, gradient), 0.1);
  return loss;
}

const losses = Array.from({ length: STEPS }, (_, step) => train(step));
const mean = (part) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
const [early, late] = [mean(losses.slice(0, 20)), mean(losses.slice(-20))];
if (!(late < 0.5 * early)) throw new Error(`the loss does not fall: ${early} to ${late}`);

const bags = bagsAt(0);
const trained = new Float32Array(BATCH * COLS);
const served = new Float32Array(BATCH * COLS);
table.lookup(bags, trained);
packedTable(table.pack(), { pooling: "sum" }).lookup(bags, served);
if (trained.join() !== served.join())
  throw new Error("the packed table serves other numbers than were trained");
