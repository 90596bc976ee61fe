import { text } from "node:stream/consumers";
import { groupPlace } from "@dqrm/comm";
import { runTask } from "../study/run-task.ts";
import { readTask } from "../study/read-task.ts";
import { importModule } from "./import-module.ts";
import { freePort } from "./start-process.ts";
import { startRank } from "./start-rank.ts";
import { startTimer } from "./start-timer.ts";

const task = readTask(JSON.parse(await text(process.stdin)));
await runTask(task, {
  clock: () => performance.now(),
  importModule,
  processes: { place: groupPlace(process.env), startRank, freePort, startTimer },
  signal: new AbortController().signal,
  onEvent: () => undefined,
});
