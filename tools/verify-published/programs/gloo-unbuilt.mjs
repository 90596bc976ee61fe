import { groupPlace } from "@dqrm/comm";
import { gloo } from "@dqrm/comm-gloo";

const place = groupPlace({ RANK: "0", WORLD_SIZE: "2", MASTER_ADDR: "127.0.0.1" });
const opened = await gloo.open({ place, timeoutMs: 1_000 });
const expected = "the gloo addon is not built: run npx dqrm-comm-gloo build";
if (opened.unavailable !== expected) throw new Error(`the answer is ${JSON.stringify(opened)}`);
