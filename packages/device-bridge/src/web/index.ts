export { connectWebWorker } from "./connect-web-worker.ts";
export { webPort } from "./web-port.ts";
