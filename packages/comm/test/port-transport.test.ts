import { Worker } from "node:worker_threads";
import { createPortTransport, type ChannelPort, type Transport } from "@dqrm/comm";
import { transportConformance } from "@dqrm/comm/conformance";
import { expect, test } from "vitest";
import { runKit } from "./run-kit.ts";

/** Connects each rank to each other one. */
function channels(size: number): readonly (readonly (ChannelPort | undefined)[])[] {
  const ports = Array.from({ length: size }, () => new Array<ChannelPort | undefined>(size).fill(undefined));
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a][b] = port1;
      ports[b][a] = port2;
    }
  }
  return ports;
}

runKit(
  transportConformance("threads", (size) =>
    Promise.resolve(channels(size).map((ports, rank): Transport => createPortTransport({ rank, ports }))),
  ),
);

test("a thread that ends without a word is heard of by who waits for it", async () => {
  const { port1, port2 } = new MessageChannel();
  const code = "setTimeout(() => process.exit(3), 50)";
  const worker = new Worker(code, { eval: true, workerData: port2, transferList: [port2] });
  const transport = createPortTransport({ rank: 0, ports: [undefined, port1] });

  const waiting = transport.receive(1);

  await expect(waiting).rejects.toMatchObject({
    code: "STATE",
    message: expect.stringContaining("rank 1 is closed") as string,
  });
  await worker.terminate();
  await transport.close();
});

test.each([
  ["a rank outside the group", { rank: 2, ports: [undefined, undefined] }, "rank"],
  ["a missing channel", { rank: 0, ports: [undefined, undefined] }, "ports[1]"],
])("%s is refused", (_, options, what) => {
  expect(() => createPortTransport(options)).toThrow(`createPortTransport: ${what} is`);
});
