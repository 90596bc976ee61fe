export { connectThread } from "./connect-thread.ts";
export { threadPort } from "./thread-port.ts";
