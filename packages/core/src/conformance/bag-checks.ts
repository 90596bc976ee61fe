import { bagCount, type Jagged } from "../format/jagged.ts";
import type { OpFn, OpName, OpSpec, Placement } from "../kernel/ops.ts";
import { BAG_ROWS, BAG_SHAPES, BROKEN_BAGS, HOSTILE_INDICES, hostileBags, PARTED_BAGS } from "./bags.ts";
import type { Check } from "./case.ts";
import { expectRefusal, expectSame, watch, type Numbers } from "./expect.ts";
import { guardedFloats } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

/** Holds a bag kernel applied to one table. */
export interface BoundBag {
  readonly inputs: Readonly<Record<string, Numbers>>;
  pool(bags: Jagged, dst: Float32Array, begin: number, end: number): void;
}

/** Describes an op that pools bags, so that one list of checks serves all of them. */
export interface BagSubject<K extends OpName> {
  readonly op: K;
  readonly spec: OpSpec<K>;
  readonly placement: Placement;
  /** Applies a kernel to the subject's table, made anew. */
  bind(kernel: OpFn<K>): BoundBag;
}

/**
 * Lists the placements that bag kernels are tried with: dense rows, and rows inside wider ones.
 *
 * @shape stride >= cols + offset
 */
export function placements(cols: number): readonly Placement[] {
  return [
    { stride: cols, offset: 0 },
    { stride: cols + 5, offset: 2 },
  ];
}

/** Lists the checks of an op that pools bags; every rounding is in its contract, so results compare bit for bit. */
export function bagChecks<K extends OpName>(subject: BagSubject<K>): readonly Check<K>[] {
  const { bind, placement } = subject;
  const size = (bags: Jagged): number => bagCount(bags) * placement.stride;
  return [
    ...Object.entries(BAG_SHAPES).map(([name, bags]): Check<K> => {
      return { name, run: (kernel) => comparePart(subject, kernel, bags, 0, bagCount(bags)) };
    }),
    {
      name: "a part of the bags leaves the rest untouched",
      run: (kernel) => comparePart(subject, kernel, PARTED_BAGS, 2, 4),
    },
    ...HOSTILE_INDICES.map((index): Check<K> => {
      return {
        name: `refuses index ${index}`,
        run(kernel) {
          const bags = hostileBags(index);
          const call = (): void => bind(kernel).pool(bags, new Float32Array(size(bags)), 0, bagCount(bags));
          expectRefusal("INDEX_RANGE", call, { position: 3, index, rows: BAG_ROWS });
        },
      };
    }),
    {
      name: "refuses a result that is too short",
      run(kernel) {
        const dst = new Float32Array(size(PARTED_BAGS) - 1);
        expectRefusal("SHAPE", () => bind(kernel).pool(PARTED_BAGS, dst, 0, bagCount(PARTED_BAGS)));
      },
    },
    ...Object.entries(BROKEN_BAGS).map(([how, bags]): Check<K> => {
      return {
        name: `refuses offsets that ${how}`,
        run(kernel) {
          expectRefusal("VALUE", () => bind(kernel).pool(bags, new Float32Array(size(bags)), 0, 2));
        },
      };
    }),
  ];
}

function comparePart<K extends OpName>(
  { bind, op, placement, spec }: BagSubject<K>,
  kernel: OpFn<K>,
  bags: Jagged,
  begin: number,
  end: number,
): void {
  const length = bagCount(bags) * placement.stride;
  const expected = guardedFloats(length).view;
  bind(referenceKernel(op, spec)).pool(bags, expected, begin, end);
  const { inputs, pool } = bind(kernel);
  const { indices, offsets, weights = new Float32Array(0) } = bags;
  const expectUnchanged = watch({ ...inputs, indices, offsets, weights });
  const { check, view } = guardedFloats(length);

  pool(bags, view, begin, end);

  expectSame(view, expected, "dst");
  check();
  expectUnchanged();
}
