import { isCodeName, runGenerated } from '../../domain/generated-code.js';
import { templateOf } from '../../domain/template.js';

/** Makes a row of the values of a selected one, the first of which is at `begin`. */
export type RowDecoder = (values: readonly unknown[], begin: number) => Record<string, unknown>;

/** One member of a row, made of `width` values. */
export interface Member {
  readonly name: string;
  readonly width: number;
  /** Null: it is its value. */
  readonly decode: ((values: readonly unknown[], at: number) => unknown) | null;
}

/** Some pages: who sends ever new operations gets no code for them, or for what costs a hundred times as much. */
const rowsBeforeCode = 1_000;

/**
 * Rows of these members, of which `parts` stand behind the others, under `parts`. Those of a selection that is asked often
 * are made by a function that is written for it, in which the names stand: the engine writes a member whose name it does not
 * know ten times as slowly (docs/adr/0016).
 */
export function createRowDecoder(members: readonly Member[], parts: readonly Member[]): RowDecoder {
  const walk = walkingDecoder(members, parts);
  let rows = 0;
  let decoder = walk;
  return (values, begin) => {
    rows += 1;
    if (rows === rowsBeforeCode) decoder = writtenDecoder(members, parts) ?? walk;
    return decoder(values, begin);
  };
}

export function walkingDecoder(members: readonly Member[], parts: readonly Member[]): RowDecoder {
  const template = templateOf([...members.map(({ name }) => name), 'parts']);
  const partsTemplate = templateOf(parts.map(({ name }) => name));
  return (values, begin) => {
    const row: Record<string, unknown> = { ...template };
    let at = begin;
    for (const { name, width, decode } of members) {
      row[name] = decode ? decode(values, at) : values[at];
      at += width;
    }
    const decoded: Record<string, unknown> = { ...partsTemplate };
    for (const { name, width, decode } of parts) {
      decoded[name] = decode ? decode(values, at) : values[at];
      at += width;
    }
    row['parts'] = decoded;
    return row;
  };
}

/**
 * What may not stand in code (a part's key has its arguments in it) is handed over. Null where this process may not make
 * code.
 */
export function writtenDecoder(members: readonly Member[], parts: readonly Member[]): RowDecoder | null {
  const known: Record<string, unknown> = {};
  const knownAs = (value: unknown): string => {
    const name = `known${Object.keys(known).length}`;
    known[name] = value;
    return name;
  };
  let offset = 0;
  const written = ({ name, width, decode }: Member): string => {
    const at = `begin + ${offset}`;
    offset += width;
    const key = isCodeName(name) ? name : `[${knownAs(name)}]`;
    return `${key}: ${decode ? `${knownAs(decode)}(values, ${at})` : `values[${at}]`}`;
  };
  // In this order, which is that of the values.
  const row = [...members.map(written), `parts: { ${parts.map(written).join(', ')} }`].join(', ');
  return runGenerated<RowDecoder>(`return (values, begin) => ({ ${row} });`, known);
}
