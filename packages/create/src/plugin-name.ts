const NAME = /^(?:@[a-z0-9][a-z0-9._-]*\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/;

/** Holds the name of a new package in the forms that its files need. */
export interface PluginName {
  /** As npm knows it, with its scope. */
  readonly packageName: string;
  /** Without the scope: the name of the folder, and of the backend or codec. */
  readonly kebab: string;
  readonly camel: string;
}

/** Spells a name in every form, or answers undefined when it is none in kebab case. */
export function spellName(name: string): PluginName | undefined {
  const kebab = NAME.exec(name)?.[1];
  if (kebab === undefined) return undefined;
  const camel = kebab.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return { packageName: name, kebab, camel };
}
