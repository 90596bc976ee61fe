import { MAX_TIMEOUT_MS, type GroupPlace, type OpenTransportOptions, type Transport } from "@dqrm/comm";
import { DqrmError, type Unavailable } from "@dqrm/core";
import type { GlooOptions } from "../gloo.ts";
import { MAX_GLOO_RANKS } from "../limits.ts";
import { createEnd, type End } from "./create-end.ts";
import { findAddon } from "./find-addon.ts";
import { createEnding, type Ending } from "./rendezvous/ending.ts";
import { meet } from "./rendezvous/meet.ts";

/** Where a process that is alone would listen. */
const NOWHERE = "127.0.0.1";

/** Connects this process to all others of its place. @throws PEER, VALUE or STATE as `TransportPlugin` says */
export async function openGroup(
  options: OpenTransportOptions,
  { binary, networkInterface = "" }: GlooOptions,
): Promise<Transport | Unavailable> {
  checkPlace(options);
  const addon = findAddon(binary);
  if ("unavailable" in addon) return addon;
  const { place, timeoutMs } = options;
  let end: End | undefined;
  // A second try to meet rank 0 keeps what the first has offered.
  const listen = (host: string): End =>
    (end ??= createEnd({ addon, rank: place.rank, size: place.size, host, networkInterface, timeoutMs }));
  const ending = createEnding(options);
  try {
    await connect(place, listen, ending);
    return listen(NOWHERE).transport;
  } catch (error) {
    await end?.transport.close();
    throw error;
  } finally {
    ending.stop();
  }
}

async function connect(place: GroupPlace, listen: (host: string) => End, ending: Ending): Promise<void> {
  const { address, rank, size } = place;
  if (size === 1 || address === undefined) return listen(NOWHERE).connect([new Uint8Array(0)]);
  const offer = (host: string): readonly Uint8Array[] => listen(host).addresses;
  const addresses = await meet({ rank, size, address, ending, offer });
  const end = listen(NOWHERE);
  // Only who calls may give up; how long a connection takes is watched by the addon.
  const giveUp = (): void => {
    if (ending.isGivenUp()) void end.transport.close();
  };
  ending.signal.addEventListener("abort", giveUp);
  try {
    giveUp();
    await end.connect(addresses);
  } catch (error) {
    throw ending.isGivenUp() ? ending.error({ peer: rank, expected: "", actual: "" }) : error;
  } finally {
    ending.signal.removeEventListener("abort", giveUp);
  }
}

function checkPlace({ place, timeoutMs }: OpenTransportOptions): void {
  const { address, rank, size } = place;
  checkNumber("place.size", size, [1, MAX_GLOO_RANKS]);
  checkNumber("place.rank", rank, [0, size - 1]);
  checkNumber("timeoutMs", timeoutMs, [1, MAX_TIMEOUT_MS]);
  if (size === 1) return;
  if (address === undefined) {
    const expected = "a host and a port (MASTER_ADDR, MASTER_PORT)";
    throw new DqrmError("VALUE", { op: "open", what: "place.address", expected, actual: "missing" });
  }
  checkNumber("place.address.port", address.port, [1, 65_535]);
}

function checkNumber(what: string, value: number, [lowest, highest]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return;
  const expected = `an integer from ${lowest} to ${highest}`;
  throw new DqrmError("VALUE", { op: "open", what, expected, actual: String(value) });
}
