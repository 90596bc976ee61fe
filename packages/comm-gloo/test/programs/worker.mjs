import { allGather, groupPlace, watched } from "@dqrm/comm";
import { glooOn } from "@dqrm/comm-gloo";

/** Exchanges one message a step until a peer fails; the rank that FAULT_RANK names fails in step 20 as FAULT says. */
const { FAULT, FAULT_RANK, HOST_INTERFACE, TIMEOUT_MS } = process.env;
const timeoutMs = Number(TIMEOUT_MS);
const fault = Number(FAULT_RANK);
const startTimer = (milliseconds, expired) => {
  const timer = setTimeout(expired, milliseconds);
  return () => clearTimeout(timer);
};

const faults = {
  throw: () => {
    throw new Error("a fault of the test");
  },
  exit: () => process.exit(3),
};

async function train(transport) {
  for (let step = 0; ; step++) {
    await allGather(transport, new Uint8Array(20_000).fill(step));
    if (step === 20) console.log("running");
    if (step >= 20 && transport.rank === fault) faults[FAULT]?.();
  }
}

const place = groupPlace(process.env);
const end = await glooOn(HOST_INTERFACE === undefined ? {} : { networkInterface: HOST_INTERFACE }).open({
  place,
  timeoutMs: 15_000,
});
if ("unavailable" in end) throw new Error(end.unavailable);
const transport = watched(end, { timeoutMs, startTimer });
try {
  await train(transport);
} catch (error) {
  if (error.code !== "PEER") throw error;
  console.error(error.message);
  process.exitCode = 75;
  await transport.close();
}
