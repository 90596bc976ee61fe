import ts from "typescript";

const ARROW = /^\s*\/\/ => ?(.*)$/;

/**
 * Says what a comment `// =>` expects, and of which statement.
 *
 * @typedef {object} Expectation
 * @property {number} line of the example, from 0
 * @property {string} literal
 */

/**
 * Rewrites an example so that it reports each expected value: `expression; // => literal` becomes
 * `$expect(line, expression, literal)`, and `$at(line)` goes before every statement.
 *
 * @param {string} code
 * @returns {{ typescript: string, javascript: string, expectations: number }}
 */
export function compileExample(code) {
  const expectations = findExpectations(code);
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2023, true);
  const lineOf = (/** @type {number} */ position) => source.getLineAndCharacterOfPosition(position).line;
  const edits = [];
  const used = new Set();
  for (const statement of source.statements) {
    const first = lineOf(statement.getStart());
    const last = lineOf(statement.getEnd());
    if (ts.isImportDeclaration(statement)) continue;
    edits.push({ at: statement.getStart(), text: `$at(${first});` });
    const expectation = expectations.find(
      ({ line, literal }) => line === last || (line === last + 1 && startsAlone(code, line, literal)),
    );
    if (expectation === undefined || used.has(expectation)) continue;
    used.add(expectation);
    edits.push(...expect(statement, first, expectation.literal));
  }
  const stray = expectations.find((item) => !used.has(item));
  if (stray) throw new ExampleError(stray.line, "`// =>` follows no expression");
  const typescript = apply(code, edits);
  const { outputText } = ts.transpileModule(typescript, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return { typescript: code, javascript: outputText, expectations: expectations.length };
}

/** Reports that an example is not well formed, with the line inside it. */
export class ExampleError extends Error {
  /**
   * @param {number} line
   * @param {string} message
   */
  constructor(line, message) {
    super(message);
    this.line = line;
  }
}

/**
 * @param {string} code
 * @param {number} line
 * @param {string} literal
 */
function startsAlone(code, line, literal) {
  return literal !== "" && ARROW.test(code.split("\n")[line] ?? "");
}

/**
 * @param {string} code
 * @returns {Expectation[]}
 */
function findExpectations(code) {
  const lines = code.split("\n");
  const found = [];
  for (let line = 0; line < lines.length; line += 1) {
    const text = lines[line] ?? "";
    const at = text.indexOf("// => ");
    if (at < 0) continue;
    const start = line;
    let literal = text.slice(at + 6).trim();
    while (!isExpression(literal) && /^\s*\/\//.test(lines[line + 1] ?? "")) {
      line += 1;
      literal += `\n${(lines[line] ?? "").replace(/^\s*\/\/ ?/, "")}`;
    }
    if (!isExpression(literal)) throw new ExampleError(start, `not a value: ${literal}`);
    found.push({ line: start, literal });
  }
  return found;
}

/** @param {string} text */
function isExpression(text) {
  const { diagnostics = [] } = ts.transpileModule(`void (${text}\n);`, { reportDiagnostics: true });
  return text !== "" && diagnostics.length === 0;
}

/**
 * @param {ts.Statement} statement
 * @param {number} line
 * @param {string} literal
 */
function expect(statement, line, literal) {
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement;
    return [
      { at: expression.getStart(), text: `$expect(${line}, (` },
      { at: expression.getEnd(), text: `), (${literal}\n))` },
    ];
  }
  const declared = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.at(-1)
    : undefined;
  if (declared && ts.isIdentifier(declared.name)) {
    return [{ at: statement.getEnd(), text: ` $expect(${line}, ${declared.name.text}, (${literal}\n));` }];
  }
  throw new ExampleError(line, "`// =>` follows neither an expression nor a constant");
}

/**
 * @param {string} code
 * @param {{ at: number, text: string }[]} edits
 */
function apply(code, edits) {
  return edits
    .map((edit, order) => ({ ...edit, order }))
    .sort((a, b) => b.at - a.at || b.order - a.order)
    .reduce((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), code);
}
