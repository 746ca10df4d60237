import { ask } from './ask.ts';
import type { BenchDatabase } from './database.ts';
import type { Task } from './operations/all.ts';
import type { Case, Position } from './operations/operation.ts';
import type { System } from './systems.ts';

/** Cases of each operation whose answers are compared. */
const comparedCases = 20;

/** Two systems answer the same question differently, so that nothing about their speed means anything. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

/**
 * Asks all systems the same and compares, page by page, each following its own cursor.
 *
 * @throws Disagreement with the first differences.
 */
export async function compareAnswers(task: Task, systems: readonly System[], database: BenchDatabase): Promise<number> {
  const { operation, cases } = task;
  const step = Math.max(1, Math.floor(cases.length / comparedCases));
  const chosen = cases.filter((_, index) => index % step === 0).slice(0, comparedCases);
  const [reference, ...others] = systems;
  if (reference === undefined) return 0;
  const expected = await answersOf(task, chosen, reference, database);
  for (const other of others) {
    const found = await answersOf(task, chosen, other, database);
    chosen.forEach((one, index) => {
      const differences = differencesOf(expected[index], found[index], 'page');
      if (differences.length === 0) return;
      throw new Disagreement(
        `${operation.name}: ${reference.name} and ${other.name} answer differently for ${caseText(one)}:\n` +
          differences.slice(0, 12).join('\n'),
      );
    });
  }
  return expected.reduce((sum, pages) => sum + pages.length, 0);
}

/** Reads are asked all at once, so that a system that mixes people up is found out; writes each from the same rows. */
async function answersOf(task: Task, cases: readonly Case[], system: System, database: BenchDatabase): Promise<unknown[][]> {
  if (!task.operation.writes) return Promise.all(cases.map((one) => pagesOf(task, one, system)));
  const answers: unknown[][] = [];
  for (const one of cases) {
    await database.undoWrites();
    answers.push(await pagesOf(task, one, system));
  }
  await database.undoWrites();
  return answers;
}

async function pagesOf({ operation }: Task, asked: Case, system: System): Promise<unknown[]> {
  const form = operation.forms[system.kind];
  const pages: unknown[] = [];
  let after = await startOf(operation, asked, system);
  for (let page = 0; page < operation.comparedPages; page++) {
    const { body } = await ask(system, asked.person.token, form.request(asked, { after, first: operation.pageSize }));
    const { answer, endCursor } = form.read(body);
    pages.push(answer);
    if (endCursor == null) break;
    after = endCursor;
  }
  return pages;
}

/** The system's own cursor to where a case begins, found by walking there; null: at the start. */
export async function startOf(operation: Task['operation'], asked: Case, system: System): Promise<string | null> {
  let left = operation.skip?.(asked) ?? 0;
  let position: Position = { after: null, first: 0 };
  while (left > 0) {
    position = { ...position, first: Math.min(100, left) };
    const { body } = await ask(system, asked.person.token, operation.forms[system.kind].request(asked, position));
    const { endCursor } = operation.forms[system.kind].read(body);
    if (endCursor == null) throw new Error(`${system.name}: ${operation.name} ends before where ${caseText(asked)} begins.`);
    left -= position.first;
    position = { after: endCursor, first: 0 };
  }
  return position.after;
}

function caseText({ person, ...variables }: Case): string {
  return `person ${person.id} ${JSON.stringify(variables)}`;
}

/** Where two values of JSON differ, a line each. */
function differencesOf(expected: unknown, found: unknown, path: string): string[] {
  if (Object.is(expected, found)) return [];
  if (typeof expected === 'object' && typeof found === 'object' && expected !== null && found !== null) {
    const [a, b] = [expected, found] as Record<string, unknown>[];
    return [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])].flatMap((key) =>
      differencesOf(a?.[key], b?.[key], `${path}.${key}`),
    );
  }
  return [`  ${path}: ${text(expected)} and ${text(found)}`];
}

const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200));
