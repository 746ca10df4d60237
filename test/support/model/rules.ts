import { globalId } from '../seed.js';
import type { Account, World } from './world.js';

/** What a mutation answers with, without the words for people. */
export type Outcome = Readonly<Record<string, unknown>>;

/** Thrown by a rule: the mutation answers with this, and nothing changes. */
export class Refused extends Error {
  constructor(readonly outcome: Outcome) {
    super(JSON.stringify(outcome));
  }
}

/** A member of the mutation's result. */
export function refused(typename: string, code: string, more: Outcome = {}): Refused {
  return new Refused({ __typename: typename, code, ...more });
}

/** An error of the whole request. */
export const topLevel = (code: string): Refused => new Refused({ topLevel: code });

export const notFound = (): Refused => refused('NotFoundError', 'NOT_FOUND');

export function mustBeThere({ isDeleted }: Account): void {
  if (isDeleted) throw topLevel('ACCOUNT_DELETED');
}

export function mustBeActive({ status }: Account): void {
  if (status === 'SUSPENDED') throw refused('AccessSuspendedError', 'ACCESS_SUSPENDED');
}

export function mustBeAdministrator(account: Account): void {
  if (account.role !== 'ADMIN') throw topLevel('FORBIDDEN');
  mustBeActive(account);
}

/** Gathers what is wrong with an input, by its place; everything is told at once. */
export class Faults {
  readonly #paths: string[][] = [];

  add(...path: string[]): void {
    this.#paths.push(path);
  }

  /** The uuid in an id of this type; a fault where it is none. */
  id(type: string, given: string, ...path: string[]): string {
    const prefix = `${type}:`;
    const text = Buffer.from(given, 'base64').toString();
    const uuid = text.slice(prefix.length);
    const isOne = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid) && given === globalId(type, uuid);
    if (!isOne) this.add(...path);
    return uuid;
  }

  ids(type: string, given: readonly string[], path: string): string[] {
    return given.map((id, index) => this.id(type, id, path, String(index)));
  }

  /** From 1 to `max` characters on one line, at the ends of which white space does not count. */
  line(given: string, max: number, ...path: string[]): string {
    const text = given.trim();
    const length = [...text].length;
    if (length < 1 || length > max || /[\n\0]/.test(text)) this.add(...path);
    return text;
  }

  /** The same with line breaks. */
  paragraph(given: string, max: number, ...path: string[]): string {
    this.line(given.replaceAll('\n', ' '), max, ...path);
    return given.trim();
  }

  /** From `min` to `max` entries; one that is named twice counts twice, and is one. */
  batch(given: readonly string[], min: number, max: number, ...path: string[]): string[] {
    if (given.length < min || given.length > max) this.add(...path);
    return [...new Set(given)];
  }

  whole(given: number, min: number, max: number, ...path: string[]): number {
    if (given < min || given > max) this.add(...path);
    return given;
  }

  /** @throws Refused where there was a fault. */
  tell(): void {
    if (this.#paths.length > 0) throw refused('InvalidInputError', 'INVALID_INPUT', { issues: [...this.#paths].sort(byText) });
  }
}

/** In which order the faults of an input are told is nobody's business. */
export const byText = (a: readonly string[], b: readonly string[]): number => (a.join() < b.join() ? -1 : 1);

/** Reads an input's ids. They are looked at before anything else of an input: what is no id cannot be asked about. */
export function readIds<Ids>(read: (faults: Faults) => Ids): Ids {
  const faults = new Faults();
  const ids = read(faults);
  faults.tell();
  return ids;
}

/** What a rule goes by: who asks, in which world, and what was answered, for what only the server can choose. */
export interface Scene {
  readonly world: World;
  readonly actor: Account;
  readonly answer: Answer;
}

/** The answer, read for ids and instants that the server chose. What is not there, or not new, matches nothing. */
export class Answer {
  constructor(
    private readonly outcome: unknown,
    private readonly known: ReadonlySet<string>,
    private readonly began: string,
  ) {}

  /** The id of something new, such as `newId('Collection', 'collection', 'id')`. */
  newId(type: string, ...path: string[]): string {
    const id = this.at(path);
    if (typeof id !== 'string') return '(an id)';
    const [found, uuid] = Buffer.from(id, 'base64').toString().split(':');
    return found === type && uuid !== undefined && !this.known.has(uuid) ? uuid : '(an id that was never given before)';
  }

  instant(...path: string[]): string {
    return this.asInstant(this.at(path));
  }

  /** When one of these renders was put into a collection of the answer; '(an instant)' where none is there. */
  addedAt(renderIds: readonly string[], ...path: string[]): string {
    const edges = this.at([...path, 'items', 'edges']);
    if (!Array.isArray(edges)) return '(an instant)';
    const wanted = new Set(renderIds.map((id) => globalId('Render', id)));
    const edge = (edges as { addedAt: unknown; node: { id: string } }[]).find(({ node }) => wanted.has(node.id));
    return this.asInstant(edge?.addedAt);
  }

  private asInstant(value: unknown): string {
    return typeof value === 'string' && value >= this.began ? value : '(an instant)';
  }

  private at(path: readonly string[]): unknown {
    return path.reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? (value as Outcome)[step] : undefined),
      this.outcome,
    );
  }
}
