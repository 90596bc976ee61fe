import { gloo } from "@dqrm/comm-gloo";

/** Says why this machine has no gloo; undefined where it has. */
export async function whyNoGloo(): Promise<string | undefined> {
  const place = { rank: 0, size: 1, localRank: 0, address: undefined, launcher: "test" };
  const opened = await gloo.open({ place, timeoutMs: 1000 });
  if ("unavailable" in opened) return opened.unavailable;
  await opened.close();
  return undefined;
}
