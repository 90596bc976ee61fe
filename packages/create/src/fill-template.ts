/** Replaces each `{{key}}` of a text by its value; a key without one is an error. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`the template asks for ${key}`);
    return value;
  });
}
