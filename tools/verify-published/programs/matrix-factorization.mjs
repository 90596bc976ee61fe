import { createFakeQuantizer, everySteps, quantizeTable } from "@dqrm/quant";

const USERS = 80;
const ITEMS = 60;
const COLS = 8;
const EPOCHS = 20;
const LEARNING_RATE = 0.05;

let state = 12345;

/** Gives numbers in (-1, 1) by a linear congruential generator: the adopter's own random numbers. */
function noise() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
}

const planted = { users: Array.from({ length: USERS }, noise), items: Array.from({ length: ITEMS }, noise) };
const ratings = [];
for (let user = 0; user < USERS; user += 1) {
  for (let item = 0; item < ITEMS; item += 1) {
    if (noise() < 0) ratings.push({ user, item, rating: planted.users[user] * planted.items[item] });
  }
}

const users = Float32Array.from({ length: USERS * COLS }, () => 0.3 * noise());
const items = Float32Array.from({ length: ITEMS * COLS }, () => 0.3 * noise());
const served = new Float32Array(COLS);
const format = { bits: 4, cols: COLS, scheme: "symmetric", granularity: { kind: "table" } };
const fake = createFakeQuantizer(format, {
  rows: ITEMS,
  refresh: everySteps(100),
  gradient: "straight-through",
});
const seen = new Float32Array(items.length);

/** Predicts with the item as its four bits give it, and takes one gradient step. */
function learn({ user, item, rating }, step) {
  fake.refresh(items, step);
  fake.forward(items, seen, item, item + 1);
  served.set(seen.subarray(item * COLS, (item + 1) * COLS));
  let error = -rating;
  for (let c = 0; c < COLS; c += 1) error += users[user * COLS + c] * served[c];
  for (let c = 0; c < COLS; c += 1) {
    const gradient = error * users[user * COLS + c];
    users[user * COLS + c] -= LEARNING_RATE * error * served[c];
    items[item * COLS + c] -= LEARNING_RATE * gradient;
  }
  return error * error;
}

const losses = [];
for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
  const total = ratings.reduce((sum, rating, i) => sum + learn(rating, epoch * ratings.length + i), 0);
  losses.push(total / ratings.length);
}
if (!(losses.at(-1) < 0.5 * losses[0])) throw new Error(`the loss does not fall: ${losses.join(", ")}`);

const packed = quantizeTable(items, ITEMS, format, { rounding: "nearest" });
if (packed.codes.length !== (ITEMS * COLS) / 2) throw new Error(`INT4 takes ${packed.codes.length} bytes`);
