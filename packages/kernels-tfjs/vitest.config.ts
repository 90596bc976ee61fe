import { findVulkan, packageConfig } from "../../vitest.shared.js";

findVulkan();

export default packageConfig;
