const MEMBERS = new Map([
  ["Math.random", "randomness is an argument (Random)"],
  ["Date.now", "time is an argument (a clock function)"],
  ["performance.now", "time is an argument (a clock function)"],
  ["process.hrtime", "time is an argument (a clock function)"],
  ["process.env", "the environment is read in bin/ only"],
  ["process.argv", "the command line is read in bin/ only"],
  ["process.exit", "the exit code is set in bin/ only"],
  ["crypto.getRandomValues", "randomness is an argument (Random)"],
  ["crypto.randomUUID", "randomness is an argument (Random)"],
  ["crypto.randomBytes", "randomness is an argument (Random)"],
]);

/**
 * Keeps time, randomness, environment and console out of library code: what a function needs, it is given.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "problem",
    docs: { description: "no ambient time, randomness, environment or console" },
    schema: [],
    messages: { ambient: "'{{what}}' is ambient: {{why}}." },
  },
  create(context) {
    return {
      MemberExpression(node) {
        const what = memberName(node);
        const why =
          MEMBERS.get(what) ?? (what.startsWith("console.") ? "printing is the caller's affair" : undefined);
        if (why !== undefined) context.report({ node, messageId: "ambient", data: { what, why } });
      },
      NewExpression(node) {
        const isNow =
          node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
        const why = "time is an argument (a clock function)";
        if (isNow) context.report({ node, messageId: "ambient", data: { what: "new Date()", why } });
      },
    };
  },
};

/** @param {any} node */
function memberName({ object, property, computed }) {
  const owner =
    object.type === "MemberExpression" && object.object.name === "globalThis"
      ? object.property.name
      : object.name;
  const member = computed ? property.value : property.name;
  return `${owner}.${member}`;
}
