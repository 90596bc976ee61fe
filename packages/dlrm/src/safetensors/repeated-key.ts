/** Names a key that an object of a JSON text holds twice, and where the second one stands. */
export interface RepeatedKey {
  readonly key: string;
  /** In UTF-16 units from the start of the text. */
  readonly position: number;
}

/**
 * Finds the first key that occurs twice in one object of a valid JSON text; `JSON.parse` would keep the last in silence.
 *
 * @cost O(text)
 */
export function findRepeatedKey(json: string): RepeatedKey | undefined {
  const open: Set<string>[] = [];
  let position = 0;
  while (position < json.length) {
    const char = json[position];
    if (char === "{" || char === "[") open.push(new Set());
    else if (char === "}" || char === "]") open.pop();
    if (char !== '"') {
      position++;
      continue;
    }
    const end = stringEnd(json, position);
    if (isFollowedByColon(json, end)) {
      const key = String(JSON.parse(json.slice(position, end)));
      const keys = open[open.length - 1];
      if (keys.has(key)) return { key, position };
      keys.add(key);
    }
    position = end;
  }
  return undefined;
}

function stringEnd(json: string, begin: number): number {
  let position = begin + 1;
  while (json[position] !== '"') position += json[position] === "\\" ? 2 : 1;
  return position + 1;
}

function isFollowedByColon(json: string, position: number): boolean {
  let next = position;
  while (json[next] === " " || json[next] === "\n" || json[next] === "\r" || json[next] === "\t") next++;
  return json[next] === ":";
}
