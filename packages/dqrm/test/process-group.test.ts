import { join } from "node:path";
import { createMemoryTransports, type Environment, type Transport, type TransportPlugin } from "@dqrm/comm";
import { expect, test } from "vitest";
import { bytesOf, call, done, scratchFolder, SMALL, type Outcome } from "./call.ts";

/** 800 training samples: 25 steps an epoch. */
const DATA = "synthetic:planted?rows=1000&seed=3&tableRows=10,100,1000";

const trainArgs = (out: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--data", DATA, "--out", out, ...SMALL, "--kernels", "reference", "--epochs", "1"],
  ...["--shards", "4", "--codec", "int4", ...more],
];

const torchrun = (rank: number, size: number): Environment => ({
  RANK: String(rank),
  WORLD_SIZE: String(size),
});

interface GroupOptions {
  /** Changes what a rank's end does. */
  readonly end?: (transport: Transport) => Transport;
  readonly args?: (rank: number) => readonly string[];
}

/** Calls the command as every rank of a group whose engine is memory. */
function callGroup(
  size: number,
  args: readonly string[],
  options: GroupOptions = {},
): readonly Promise<Outcome>[] {
  const ends = createMemoryTransports(size);
  const { args: more = () => [], end = (transport: Transport) => transport } = options;
  const gloo: TransportPlugin = { name: "gloo", open: ({ place }) => Promise.resolve(end(ends[place.rank])) };
  const importModule = (): Promise<unknown> => Promise.resolve(gloo).then((plugin) => ({ plugin }));
  return ends.map(({ rank }) =>
    call([...args, ...more(rank)], { environment: torchrun(rank, size), importModule }),
  );
}

/** Does nothing any more after some messages, as a process that was stopped, until it is continued. */
function stoppedAfter(messages: number, transport: Transport, continued: Promise<void>): Transport {
  let left = messages;
  const stop = async (): Promise<void> => {
    if (left-- > 0) return;
    await continued;
  };
  return {
    ...transport,
    send: (to, bytes, signal) => stop().then(() => transport.send(to, bytes, signal)),
    receive: (from, signal) => stop().then(() => transport.receive(from, signal)),
    close: () => stop().then(() => transport.close()),
  };
}

test("processes of a launcher write the model that one process writes, byte for byte, and one of them speaks", async () => {
  const folder = scratchFolder();
  await done(trainArgs(join(folder, "one")));

  for (const size of [2, 4]) {
    const args = trainArgs(join(folder, String(size)), "--layer-sum", size === 2 ? "owner" : "auto");
    const [first, ...others] = await Promise.all(callGroup(size, args));

    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^finished in/) as string });
    expect(others).toEqual(others.map(() => ({ code: 0, out: "", err: "" })));
    expect(bytesOf(folder, String(size), "model.safetensors")).toEqual(
      bytesOf(folder, "one", "model.safetensors"),
    );
  }
});

test("workers inside one thread write the model that one process writes", async () => {
  const folder = scratchFolder();
  await done(trainArgs(join(folder, "one")));
  await done(trainArgs(join(folder, "two"), "--transport", "in-process", "--workers", "2"));

  expect(bytesOf(folder, "two", "model.safetensors")).toEqual(bytesOf(folder, "one", "model.safetensors"));
});

test.each(["gather", "owner"])(
  "a process that falls silent is named by the others, with the step, and they end with code 75, with %s",
  async (layerSum) => {
    const out = join(scratchFolder(), "out");
    let goOn = (): void => undefined;
    const continued = new Promise<void>((resolve) => (goOn = resolve));
    const end = (transport: Transport): Transport =>
      transport.rank === 1 ? stoppedAfter(61, transport, continued) : transport;

    const calls = callGroup(
      3,
      trainArgs(out, "--shards", "3", "--peer-timeout", "1", "--layer-sum", layerSum),
      {
        end,
      },
    );
    const outcomes = await Promise.all([calls[0], calls[2]]);
    goOn();
    await calls[1];

    const silent =
      /error PEER: rank 1 at step \d+: exchange of gradients: silence, expected a message within 1000 ms\n$/;
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 75, err: expect.stringMatching(silent) as string });
    }
  },
);

test("a process that fails says why, and the others say that it is gone", async () => {
  const out = join(scratchFolder(), "out");

  const [first, second] = await Promise.all(
    callGroup(2, trainArgs(out), {
      args: (rank) => (rank === 1 ? ["--data", "nowhere.csv"] : []),
    }),
  );

  expect(second).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error IO: .*nowhere\.csv/) as string,
  });
  expect(first).toMatchObject({
    code: 75,
    err: expect.stringMatching(
      /error PEER: rank 1: receive: it failed: .*nowhere\.csv.*, expected a message\n$/,
    ) as string,
  });
});

test("a first process that refuses to overwrite ends the others before they train", async () => {
  const out = join(scratchFolder(), "out");
  await Promise.all(callGroup(2, trainArgs(out)));

  const [first, second] = await Promise.all(callGroup(2, trainArgs(out)));

  expect(first.err).toContain("error STATE: train:");
  expect(second.err).toMatch(/^error PEER: rank 0: receive: it failed: train: /);
});

test("an engine that cannot run here says what to do", async () => {
  const plugin: TransportPlugin = {
    name: "gloo",
    open: () => Promise.resolve({ unavailable: "not built: run npx dqrm-comm-gloo build" }),
  };

  const { code, err } = await call(trainArgs("unused"), {
    environment: torchrun(0, 2),
    importModule: () => Promise.resolve({ plugin }),
  });

  expect(code).toBe(1);
  expect(err).toContain("error STATE: --transport gloo: ");
  expect(err).toContain("run npx dqrm-comm-gloo build");
});

test.each([
  [["--workers", "3"], torchrun(0, 2), 2, "--workers is 3, but torchrun started 2 processes"],
  [
    ["--transport", "mpi", "--workers", "2"],
    {},
    2,
    "--transport mpi needs a launcher: mpirun -n N dqrm train",
  ],
  [["--transport", "carrier", "--workers", "2"], {}, 1, "@dqrm/comm-carrier is not to be had"],
  [[], { RANK: "2", WORLD_SIZE: "2" }, 1, 'RANK is "2", expected an integer from 0 to 1'],
  [["--peer-timeout", "0"], {}, 2, "--peer-timeout"],
])("%j under %j is refused", async (more, environment, expected, text) => {
  const { code, err } = await call(trainArgs(join(scratchFolder(), "out"), ...more), { environment });

  expect(code).toBe(expected);
  expect(err).toContain(text);
});

test("a launcher's group of one trains alone", async () => {
  const out = join(scratchFolder(), "out");

  expect(await call(trainArgs(out), { environment: torchrun(0, 1) })).toMatchObject({ code: 0 });
});
