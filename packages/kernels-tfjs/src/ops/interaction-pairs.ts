import type { InteractionSpec } from "@dqrm/core";

/** Counts the dot products of an interaction. */
export function pairCount({ itself, kind, vectors }: InteractionSpec): number {
  return kind === "cat" ? 0 : (vectors * (itself ? vectors + 1 : vectors - 1)) / 2;
}

/**
 * Lists where the products of an interaction stand in the matrix of all of them, in the order of the result.
 *
 * @shape i32[pairs], each i × vectors + j
 */
export function pairPlaces(spec: InteractionSpec): Int32Array {
  const { itself, vectors } = spec;
  const places = new Int32Array(pairCount(spec));
  let pair = 0;
  for (let i = 0; pair < places.length; i++) {
    for (let j = 0; j < (itself ? i + 1 : i); j++) places[pair++] = i * vectors + j;
  }
  return places;
}

/**
 * Lists which product's gradient belongs at each place of the matrix: the lower triangle has one, `pairs` stands for none.
 *
 * @shape i32[vectors × vectors]
 */
export function trianglePlaces(spec: InteractionSpec): Int32Array {
  const places = pairPlaces(spec);
  const triangle = new Int32Array(spec.vectors ** 2).fill(places.length);
  places.forEach((place, pair) => {
    triangle[place] = pair;
  });
  return triangle;
}
