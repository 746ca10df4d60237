/**
 * Names as the grammars of GraphQL (https://spec.graphql.org/October2021/#Name) and of JavaScript both have them. They alone
 * come into generated code, with what the program itself writes; everything else is handed to it as a value
 * (docs/adr/0016).
 */
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** Whether a text may stand in code as the name of a property. `__proto__` is a name with a meaning of its own. */
export function isCodeName(text: string): boolean {
  return NAME.test(text) && text !== '__proto__';
}

/**
 * Runs the body of a function whose parameters are `known` by their names, and gives what it returns. Null where this process
 * may not make code (`node --disallow-code-generation-from-strings`). The one place where code is made of a text.
 */
export function runGenerated<Result>(body: string, known: Readonly<Record<string, unknown>>): Result | null {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- whoever writes the body puts nothing in it but names that isCodeName let pass, and numbers
    const made = new Function(...Object.keys(known), body) as (...values: unknown[]) => Result;
    return made(...Object.values(known));
  } catch (error) {
    if (error instanceof EvalError) return null;
    throw error;
  }
}
