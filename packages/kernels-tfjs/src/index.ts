export { createTfjsBackend } from "./backend.ts";
