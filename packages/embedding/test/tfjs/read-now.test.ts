import { tensor1d } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { readNow } from "../../src/tfjs/bags-of-tensors.ts";
import { useBackend } from "./backends.ts";

beforeAll(() => useBackend("cpu"));

test("numbers that a backend only gives later are refused with the backends that give them at once", () => {
  const numbers = tensor1d([1, 2]);
  expect([...readNow(numbers)]).toEqual([1, 2]);
  // As the backend webgpu does it.
  numbers.dataSync = () => {
    throw new Error("use data() instead");
  };

  expect(() => readNow(numbers)).toThrow(
    /expected a backend that gives its numbers at once: cpu, wasm, webgl or tensorflow/,
  );
  numbers.dispose();
});
