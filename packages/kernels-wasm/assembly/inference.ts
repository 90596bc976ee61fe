export * from "./serving-ops";
export * from "./plan/inference";
