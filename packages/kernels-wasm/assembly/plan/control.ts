// The words by which threads meet, each on a cache line of its own.

/** Counts jobs; workers wait for it to change. */
const GENERATION: usize = 0;
/** The plan of the job, 0 to end the workers. */
const PLAN: usize = 64;
/** Threads of the job: one, or all there are, so that no thread wakes up late into the next job. */
const THREADS: usize = 68;
/** Whether the thread that starts jobs may block. */
const MAY_BLOCK: usize = 72;
/** Threads that arrived at the meeting, and how often all of them did. */
const ARRIVED: usize = 128;
const MEETINGS: usize = 192;
/** Threads that sleep instead of spinning. */
const SLEEPERS: usize = 256;
/** Parts of the work that were handed out, one counter for each phase of a job. */
const COUNTERS: usize = 320;
const COUNTER_STEP: usize = 64;
const COUNTER_COUNT: usize = 4;

/** Loads of a word before a thread lays itself to sleep: some tens of microseconds. */
const SPINS: i32 = 1 << 13;

/** Prepares the words; `mayBlock` says whether the thread that starts jobs may sleep. */
export function openControl(control: usize, mayBlock: i32): void {
  store<i32>(control + MAY_BLOCK, mayBlock);
}

/** Begins a job on `threads` threads, the caller included. */
export function startJob(control: usize, threads: i32, plan: usize): void {
  store<i32>(control + THREADS, threads);
  for (let k: usize = 0; k < COUNTER_COUNT; k++) atomic.store<i32>(control + COUNTERS + k * COUNTER_STEP, 0);
  if (threads > 1) announce(control, plan);
}

/** Lets the workers leave their loops. */
export function closeControl(control: usize): void {
  announce(control, 0);
}

function announce(control: usize, plan: usize): void {
  store<usize>(control + PLAN, plan);
  atomic.add<i32>(control + GENERATION, 1);
  if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + GENERATION, -1);
}

/** Waits for the job after the one numbered `seen`, and returns its number. */
export function awaitJob(control: usize, seen: i32): i32 {
  return awaitChange(control, GENERATION, seen, true);
}

/** Gives the plan of the job that was announced, 0 when there will be none. */
export function announcedPlan(control: usize): usize {
  return load<usize>(control + PLAN);
}

/** Waits until all threads of the job came here. */
export function meet(control: usize, thread: i32): void {
  const threads = load<i32>(control + THREADS);
  if (threads == 1) return;
  const meetings = atomic.load<i32>(control + MEETINGS);
  if (atomic.add<i32>(control + ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(control + ARRIVED, 0);
    atomic.add<i32>(control + MEETINGS, 1);
    if (atomic.load<i32>(control + SLEEPERS) > 0) atomic.notify(control + MEETINGS, -1);
    return;
  }
  awaitChange(control, MEETINGS, meetings, thread > 0 || load<i32>(control + MAY_BLOCK) != 0);
}

/** Waits until a word is no longer `old`, and returns what it is then. */
function awaitChange(control: usize, word: usize, old: i32, mayBlock: bool): i32 {
  let value = spin(control + word, old);
  while (value == old) {
    if (mayBlock) {
      // Whoever changes the word looks for sleepers afterwards; and a word that changed before is no longer waited for.
      atomic.add<i32>(control + SLEEPERS, 1);
      atomic.wait<i32>(control + word, old, -1);
      atomic.sub<i32>(control + SLEEPERS, 1);
    }
    value = spin(control + word, old);
  }
  return value;
}

/** Looks for a change for a while, and returns what it saw last. */
function spin(word: usize, old: i32): i32 {
  let value = atomic.load<i32>(word);
  for (let k = 0; k < SPINS && value == old; k++) value = atomic.load<i32>(word);
  return value;
}

/** Takes the next part of a phase's work; any thread may, since no part's result depends on who computes it. */
export function takePart(control: usize, phase: usize): i32 {
  return atomic.add<i32>(control + COUNTERS + phase * COUNTER_STEP, 1);
}
