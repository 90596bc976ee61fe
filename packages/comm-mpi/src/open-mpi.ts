import {
  createEngineTransport,
  type EngineListener,
  type OpenTransportOptions,
  type Transport,
} from "@dqrm/comm";
import { DqrmError, isDqrmError, type Unavailable } from "@dqrm/core";
import { EVENT, type Addon } from "./addon.ts";
import { findAddon } from "./find-addon.ts";
import { unreachableLauncher } from "./launcher-reach.ts";
import { checkMessageBytes } from "./message-bytes.ts";
import { openedAddon, rememberOpened } from "./opened-addon.ts";

/** Is what MPI says about this process. */
interface World {
  readonly rank: number;
  readonly size: number;
}

/** Tells an engine's story as it comes: who is in the world, and why it broke. */
interface Story {
  readonly world: Promise<World>;
  /** Set when MPI reported an error; everything that fails afterwards fails for this reason. */
  broken?: { readonly peer: number; readonly reason: string };
}

/** Starts MPI in this process and waits for the other ranks; see `mpi`. */
export async function openMpi(
  options: OpenTransportOptions,
  binary: string | undefined,
): Promise<Transport | Unavailable> {
  const { place, signal } = options;
  checkPlace(place);
  if (signal?.aborted === true) throw givenUp(signal.reason);
  const addon = findAddon(binary);
  if ("unavailable" in addon) return addon;
  const unavailable = unreachableLauncher(addon);
  if (unavailable !== undefined) return { unavailable };
  if (openedAddon() !== undefined) {
    throw new DqrmError("STATE", { op: "open", expected: "MPI once in a process", actual: "opened before" });
  }
  rememberOpened(addon);
  const { story, transport } = createEnd(addon, place);
  const world = await settled(story.world, options);
  if (world.size !== place.size) {
    addon.close();
    return { unavailable: describeMismatch(addon, world, place) };
  }
  if (world.rank !== place.rank) {
    const facts = { op: "open", what: "rank", expected: `${world.rank}, as MPI says` };
    throw new DqrmError("VALUE", { ...facts, actual: String(place.rank) });
  }
  return explained(transport, story);
}

function checkPlace({ rank, size }: World): void {
  if (Number.isInteger(size) && Number.isInteger(rank) && rank >= 0 && rank < size) return;
  const expected = "a rank from 0 to size − 1";
  throw new DqrmError("VALUE", { op: "open", what: "place", expected, actual: `rank ${rank} of ${size}` });
}

function describeMismatch({ library }: Addon, world: World, place: OpenTransportOptions["place"]): string {
  const seen = `${library} sees ${world.size} where ${place.launcher} says ${place.size}`;
  return (
    `the addon was built against another MPI than started this process (${seen} processes): ` +
    `use that MPI's mpirun, or run npx dqrm-comm-mpi build --mpicxx with the mpicxx of the one that you use`
  );
}

function createEnd(addon: Addon, { rank, size }: World): { story: Story; transport: Transport } {
  let tell: (world: World) => void = () => undefined;
  let refuse: (error: Error) => void = () => undefined;
  const world = new Promise<World>((resolve, reject) => {
    tell = resolve;
    refuse = reject;
  });
  const story: Story = { world };
  const others = Array.from({ length: size }, (_, peer) => peer).filter((peer) => peer !== rank);
  const open = (listener: EngineListener): void => {
    addon.open((event, peer, payload) => {
      if (event === EVENT.opened) tell({ rank: peer, size: Number(payload) });
      else if (event === EVENT.arrived) takeMessage(addon, listener, { peer, length: Number(payload) });
      else if (event === EVENT.closed) listener.gone(peer);
      else {
        story.broken ??= { peer, reason: String(payload) };
        refuse(lost(story.broken, "open"));
        for (const other of peer < 0 ? others : [peer]) listener.gone(other);
      }
    });
    // Whoever fails leaves at once, so that the launcher hears of it; whoever has closed waits for the others.
    process.once("exit", (code) => {
      addon.leave(code === 0);
    });
  };
  const transport = createEngineTransport({
    name: "mpi",
    rank,
    size,
    open(listener) {
      open(listener);
      return { copies: true, post: (to, bytes) => addon.post(to, bytes), close: () => addon.close() };
    },
  });
  return { story, transport };
}

/** A rank whose message does not fit into memory is lost: what it sent would be missing from here on. */
function takeMessage(
  addon: Addon,
  listener: EngineListener,
  { length, peer }: { readonly length: number; readonly peer: number },
): void {
  const bytes = listener.memory(length);
  if (bytes === undefined) {
    listener.gone(peer);
    return;
  }
  addon.take(bytes);
  listener.arrived(peer, bytes);
}

/** Waits for the world, but not longer than the caller does. */
async function settled(
  world: Promise<World>,
  { place, signal, timeoutMs }: OpenTransportOptions,
): Promise<World> {
  let stop = (): void => undefined;
  const limit = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => {
      // Which of several ranks did not come, MPI does not say.
      const peer = place.size === 2 ? 1 - place.rank : -1;
      const expected = `every rank within ${timeoutMs} ms`;
      const facts = { peer, step: null, op: "open", expected, actual: "MPI_Init still waits" };
      reject(new DqrmError("PEER", facts));
    }, timeoutMs);
    const onAbort = (): void => reject(givenUp(signal?.reason));
    signal?.addEventListener("abort", onAbort);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  });
  try {
    return await Promise.race([world, limit]);
  } finally {
    stop();
  }
}

/** Checks what is sent, and gives errors that MPI reported in the place of "closed". */
function explained(transport: Transport, story: Story): Transport {
  const call = async <T>(op: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      const { broken } = story;
      throw broken !== undefined && isDqrmError(error, "STATE") ? lost(broken, op, error) : error;
    }
  };
  return {
    ...transport,
    send: (to, bytes, signal) =>
      call("send", async () => {
        checkMessageBytes(bytes);
        await transport.send(to, bytes, signal);
      }),
    receive: (from, signal) => call("receive", () => transport.receive(from, signal)),
  };
}

function lost(
  { peer, reason }: NonNullable<Story["broken"]>,
  op: string,
  cause?: unknown,
): DqrmError<"PEER"> {
  const facts = { peer, step: null, op, expected: "MPI to go on", actual: reason };
  return new DqrmError("PEER", facts, { cause });
}

function givenUp(cause: unknown): DqrmError<"STATE"> {
  const facts = { op: "open", expected: "all ranks before the call was given up", actual: "aborted" };
  return new DqrmError("STATE", facts, { cause });
}
