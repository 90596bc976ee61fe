import ts from "typescript";

const printer = ts.createPrinter({ removeComments: true });

/**
 * Writes down what an entry exports, sorted by name, and the declarations that these refer to without exporting them.
 *
 * @param {ts.Program} program
 * @param {string} entry path of the entry's .d.ts
 * @param {string} specifier how a user imports the entry
 * @returns {string}
 */
export function renderEntry(program, entry, specifier) {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} is not a module; build the packages first`);
  const exported = new Map(
    checker.getExportsOfModule(module).map((symbol) => [resolveAlias(checker, symbol), symbol.name]),
  );
  const hidden = findHidden(program, exported);
  const external = findExternal(checker, exported, hidden);
  return [
    `// What ${specifier} exports. Written by tools/api-report; review the difference, do not edit.`,
    ...external,
    ...sorted(exported).map(([symbol, name]) => renderSymbol(symbol, name, "export ")),
    ...(hidden.size === 0 ? [] : ["// Referred to above, but not exported."]),
    ...sorted(hidden).map(([symbol, name]) => renderSymbol(symbol, name, "")),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

/**
 * @param {ReadonlyMap<ts.Symbol, string>} symbols
 */
function sorted(symbols) {
  return [...symbols].sort(([, a], [, b]) => (a < b ? -1 : 1));
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
function resolveAlias(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/**
 * Finds, in widening circles, the symbols of the same package that exported declarations mention.
 *
 * @param {ts.Program} program
 * @param {ReadonlyMap<ts.Symbol, string>} exported
 * @returns {Map<ts.Symbol, string>}
 */
function findHidden(program, exported) {
  const checker = program.getTypeChecker();
  const hidden = new Map();
  const waiting = [...exported.keys()];
  for (let symbol = waiting.pop(); symbol !== undefined; symbol = waiting.pop()) {
    for (const mentioned of mentionedBy(checker, symbol)) {
      const own = ownPackage(mentioned) === ownPackage(symbol) && isTopLevel(mentioned);
      if (!own || exported.has(mentioned) || hidden.has(mentioned)) continue;
      hidden.set(mentioned, mentioned.name);
      waiting.push(mentioned);
    }
  }
  return hidden;
}

/**
 * @param {ts.TypeChecker} checker
 * @param {...ReadonlyMap<ts.Symbol, string>} groups
 */
function findExternal(checker, ...groups) {
  const symbols = groups.flatMap((group) => [...group.keys()]);
  const home = symbols[0] && ownPackage(symbols[0]);
  const names = new Map();
  for (const mentioned of symbols.flatMap((symbol) => mentionedBy(checker, symbol))) {
    const owner = ownPackage(mentioned);
    if (owner === undefined || owner === home || !isTopLevel(mentioned)) continue;
    names.set(owner, (names.get(owner) ?? new Set()).add(mentioned.name));
  }
  return [...names]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([owner, members]) => `import type { ${[...members].sort().join(", ")} } from "${owner}";`);
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 * @returns {ts.Symbol[]}
 */
function mentionedBy(checker, symbol) {
  /** @type {ts.Symbol[]} */
  const mentioned = [];
  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isIdentifier(node)) {
      const found = checker.getSymbolAtLocation(node);
      if (found && found !== symbol) mentioned.push(resolveAlias(checker, found));
    }
    ts.forEachChild(node, visit);
  }
  for (const declaration of symbol.declarations ?? []) visit(declaration);
  return mentioned;
}

/** @param {ts.Symbol} symbol */
function isTopLevel(symbol) {
  const parent = symbol.declarations?.[0]?.parent;
  if (parent === undefined) return false;
  return ts.isSourceFile(ts.isVariableDeclarationList(parent) ? parent.parent.parent : parent);
}

/**
 * Names the package of ours that declares a symbol; undefined for everything else.
 *
 * @param {ts.Symbol} symbol
 */
function ownPackage(symbol) {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? "";
  const folder = /\/packages\/([^/]+)\/dist\//.exec(file)?.[1];
  return folder && (folder === "dqrm" ? folder : `@dqrm/${folder}`);
}

/**
 * @param {ts.Symbol} symbol
 * @param {string} name
 * @param {string} prefix
 */
function renderSymbol(symbol, name, prefix) {
  const texts = (symbol.declarations ?? []).map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
    return (
      prefix +
      text
        .replace(/^export (?:default )?/, "")
        .replace(/^(?:declare )?(const|let|function|class|abstract class)/, "declare $1")
    );
  });
  const alias = symbol.name === name ? "" : `// exported as ${name}\n`;
  return alias + [...new Set(texts)].join("\n");
}
