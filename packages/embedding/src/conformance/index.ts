export { composedTableCases, type ComposedSubject } from "./composed-cases.ts";
export { tableCases, type TableSubject } from "./table-cases.ts";
export { trainableTableCases, type TrainableSubject } from "./trainable-cases.ts";
