import { type CheckedPage, checkPage, type Fault, type PageDefinition } from '../../../repositories/data-checks/page.js';
import { type CheckStep, type CheckSubject, type DataCheck, type Finding, readPage } from './check.js';

/** What is walked through, one after the other, with the values that its faults are found by. */
export interface PagedSource {
  readonly page: PageDefinition;
  readonly values?: readonly unknown[];
}

interface PagedCheck extends Omit<DataCheck, 'run'> {
  readonly sources: (subject: CheckSubject) => readonly PagedSource[] | Promise<readonly PagedSource[]>;
  /** Looks at what only the store can tell; null where there is nothing wrong, or another check tells of it. Few come here. */
  readonly settle?: (fault: Fault, subject: CheckSubject) => Promise<Finding | null>;
}

/** A check of rows, a page a statement. */
export function pagedCheck({ sources, settle, ...check }: PagedCheck): DataCheck {
  async function* walk({ page, values = [] }: PagedSource, subject: CheckSubject): AsyncGenerator<CheckStep> {
    const { db, ownerId, signal } = subject;
    let after: readonly string[] | null = null;
    do {
      signal.throwIfAborted();
      const behind: readonly string[] | null = after;
      const { examined, faults, next }: CheckedPage = await readPage(db, (tx) => checkPage(tx, page, { ownerId, after: behind }, values));
      const findings: Finding[] = [];
      for (const fault of faults) {
        signal.throwIfAborted();
        const finding = settle ? await settle(fault, subject) : fault;
        if (finding) findings.push(finding);
      }
      yield { examined, findings };
      after = next;
    } while (after);
  }

  return {
    ...check,
    async *run(subject) {
      for (const source of await sources(subject)) yield* walk(source, subject);
    },
  };
}
