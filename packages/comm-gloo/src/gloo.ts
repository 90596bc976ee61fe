import type { TransportPlugin } from "@dqrm/comm";

/** Says how this machine reaches the others, where the way to rank 0 does not show it. */
export interface GlooOptions {
  /** The network interface that the others reach, as "eth1"; without it, the one that leads to rank 0. */
  readonly networkInterface?: string;
  /** The path of an addon, instead of what `npx dqrm-comm-gloo build` has built. */
  readonly binary?: string;
}

/**
 * Connects processes, on one machine or on many, over gloo's TCP transport; the ranks find each other at the address of their place.
 *
 * Not there before `npx dqrm-comm-gloo build`: `open` says so. Neither encrypted nor authenticated: for networks that are trusted.
 *
 * ```ts doctest
 * import { gloo } from "@dqrm/comm-gloo";
 * const place = { rank: 0, size: 1, localRank: 0, address: undefined, launcher: "by hand" };
 * const opened = await gloo.open({ place, timeoutMs: 1_000 });
 * // Where the addon is not built, `unavailable` says so.
 * if (!("unavailable" in opened)) await opened.close();
 * gloo.name; // => "gloo"
 * ```
 */
export const gloo: TransportPlugin = glooOn({});

/**
 * Creates the plugin for a machine whose way to the others must be named.
 *
 * ```ts doctest
 * import { glooOn } from "@dqrm/comm-gloo";
 * glooOn({ networkInterface: "eth1" }).name; // => "gloo"
 * ```
 */
export function glooOn(options: GlooOptions): TransportPlugin {
  return {
    name: "gloo",
    open: (place) => import("./node/open-group.ts").then(({ openGroup }) => openGroup(place, options)),
  };
}
