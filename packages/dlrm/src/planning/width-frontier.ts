/** Holds what a group of tables costs and loses at one width. */
export interface WidthItem {
  readonly bytes: number;
  readonly loss: number;
}

/** Holds one way to choose a width for each group so far: nothing cheaper loses less. */
export interface FrontierPoint extends WidthItem {
  /** Index of the last group's width. */
  readonly width: number;
  readonly before: FrontierPoint | undefined;
}

/** Longer frontiers are thinned: of points that differ by less than a third of a percent in bytes, one stays. */
const MAX_POINTS = 4096;
const POINTS_PER_DOUBLING = 256;

const EMPTY: FrontierPoint = { bytes: 0, loss: 0, width: 0, before: undefined };

/**
 * Finds, for the first 0, 1, 2, … groups, the choices of widths of which none costs and loses at most as much as another;
 * the widths never grow from one group to the next.
 *
 * The frontiers do not depend on a budget, so that a larger budget never leads to a worse choice.
 *
 * @shape items[group][width], wider first; frontiers[groups so far], cheapest first
 * @cost O(groups · widths · MAX_POINTS)
 */
export function widthFrontiers(
  items: readonly (readonly WidthItem[])[],
): readonly (readonly FrontierPoint[])[] {
  const frontiers: (readonly FrontierPoint[])[] = [[EMPTY]];
  let byWidth: readonly (readonly FrontierPoint[])[] = [[EMPTY]];
  for (const group of items) {
    let reachable: readonly FrontierPoint[] = [];
    byWidth = group.map(({ bytes, loss }, width) => {
      reachable = nondominated([...reachable, ...(byWidth[width] ?? [])]);
      return reachable.map((before) => ({
        bytes: before.bytes + bytes,
        loss: before.loss + loss,
        width,
        before,
      }));
    });
    frontiers.push(nondominated(byWidth.flat()));
  }
  return frontiers;
}

/** Lists the width of each group that led to a point. */
export function widthsOf(point: FrontierPoint): readonly number[] {
  const widths: number[] = [];
  let at = point;
  while (at.before !== undefined) {
    widths.push(at.width);
    at = at.before;
  }
  return widths.reverse();
}

function nondominated(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  const sorted = [...points].sort((a, b) => a.bytes - b.bytes || a.loss - b.loss);
  let least = Infinity;
  const kept = sorted.filter(({ loss }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
  return kept.length <= MAX_POINTS ? kept : thinned(kept);
}

/** The cheapest stays, because it decides what is possible at all. */
function thinned(points: readonly FrontierPoint[]): readonly FrontierPoint[] {
  const bucket = ({ bytes }: FrontierPoint): number => Math.floor(Math.log2(bytes + 1) * POINTS_PER_DOUBLING);
  return points.filter(
    (point, i) => i === 0 || i === points.length - 1 || bucket(point) !== bucket(points[i + 1]),
  );
}
