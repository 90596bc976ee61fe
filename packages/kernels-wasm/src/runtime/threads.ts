/** Ends a worker. */
export interface StartedWorker {
  terminate(): Promise<void>;
}

/** Gives a worker what it needs to serve a memory; all of it can be cloned to another thread. */
export interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: number;
  readonly thread: number;
}

/**
 * Starts a worker that runs {@link WORKER_BODY} with a task, and waits until it is ready to serve.
 *
 * A worker never keeps the process alive.
 */
export type StartWorker = (task: WorkerTask) => Promise<StartedWorker>;

/**
 * Serves jobs as source text: a worker needs no file of its own, wherever a bundler puts this module.
 *
 * It calls `ready` before it enters the loop that waits inside the memory, since no message leaves it afterwards.
 */
export const WORKER_BODY = `
function serveKernels({ module, memory, control, thread }, ready) {
  return WebAssembly.instantiate(module, { env: { memory, now: () => performance.now() } }).then(({ exports }) => {
    ready();
    exports.serve(control, thread);
  });
}`;
