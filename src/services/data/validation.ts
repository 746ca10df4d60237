import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { DatabaseUnavailable } from '../../database/errors.js';
import { BadUserInput } from '../../domain/errors.js';
import { reasonOf } from '../../domain/reasons.js';
import type { CheckReport, CleanupDetail, CleanupReport, DataIssue } from '../../domain/upkeep.js';
import type { Storage } from '../../storage/storage.js';
import type { CheckSubject, DataCheck, Finding, IssueKind, RepairName } from './validation/check.js';
import { createPace, type Pace, paced, type PaceClock, systemClock } from './validation/pace.js';
import { dataChecks } from './validation/registry.js';
import { createRepairs } from './validation/repairs.js';

export interface ValidationOptions {
  /** Names of checks; absent or null for all. In whatever order they are given, they run in that of `names`. */
  readonly checks?: readonly string[] | null | undefined;
  /** Looks at one account's rows alone; absent or null for everybody's. */
  readonly ownerId?: string | null | undefined;
  /** Aborted: the check stops after its present page, or in the rest behind it, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The share of the time that is worked, above 0 and at most 1; absent or null for 1. Behind each page, and each repair, is
   * a rest for the remainder, without a transaction. What the caller does between pages counts neither way.
   */
  readonly pace?: number | null | undefined;
}

/** A part of a check: what was looked at since the part before. */
export interface ValidationStep {
  readonly check: string;
  readonly examined: number;
  readonly issues: readonly DataIssue[];
  /** The check has come to its end. */
  readonly isLast: boolean;
}

/** What several checks came to. */
export interface ValidationReport {
  readonly checkedAt: Date;
  /** Each with the first issues that it found. */
  readonly checks: readonly CheckReport[];
  /** All that were found, listed or not. */
  readonly issueCount: number;
}

export interface RepairOptions extends ValidationOptions {
  /** What could be repaired is told, and nothing changed. */
  readonly dryRun: boolean;
  /** Details and errors that a report has, at most. */
  readonly maxDetails: number;
}

export type ValidationService = ReturnType<typeof createValidationService>;

/**
 * Looks whether the data is as it should be, and repairs what can be repaired without losing anything. Reads as the service
 * role, a page of some thousand rows a statement, at any size of the tables and beside everything else that goes on. For
 * operators: nothing here asks who the caller is.
 */
export function createValidationService({
  databases,
  storage,
  runtime,
  now,
  clock = systemClock,
}: {
  databases: Databases;
  storage: Pick<Storage, 'list' | 'stat'>;
  runtime: RuntimeConfiguration;
  now: () => Date;
  /** What a pace is kept by. */
  clock?: PaceClock;
}) {
  const repairs = createRepairs({ databases, storage, runtime, now });

  /** Each check's findings, page by page. */
  async function* examine(options: ValidationOptions, pace = paceOf(options)): AsyncGenerator<{
    readonly check: DataCheck;
    readonly examined: number;
    readonly findings: readonly Finding[];
    readonly isLast: boolean;
  }> {
    const { checks, ownerId = null, signal = never() } = options;
    const subject: CheckSubject = { db: databases.service({ kind: 'system' }), storage, runtime, ownerId, at: now(), signal };
    for (const check of chosen(checks)) {
      signal.throwIfAborted();
      for await (const step of paced(check.run(subject), pace)) yield { check, ...step, isLast: false };
      yield { check, examined: 0, findings: [], isLast: true };
    }
  }

  /** @throws BadUserInput */
  function paceOf({ pace, signal = never() }: ValidationOptions): Pace {
    const share = pace ?? 1;
    if (!(share > 0 && share <= 1)) throw new BadUserInput('A pace is a share of the time: above 0, and at most 1.');
    return createPace(share, signal, clock);
  }

  return {
    /** The checks there are, with what each holds against what. */
    checks: dataChecks.map(({ name, description }) => ({ name, description })),

    /**
     * Runs checks, and gives what each finds as it finds it; keeps nothing of it. Each fault is found once, by one of them.
     *
     * @throws BadUserInput for a check that there is not, or a pace that is none.
     * @throws DatabaseUnavailable, StorageUnavailable, and the signal's reason.
     */
    async *validate(options: ValidationOptions = {}): AsyncGenerator<ValidationStep> {
      for await (const { check, examined, findings, isLast } of examine(options)) {
        yield { check: check.name, examined, issues: findings.map((finding) => toIssue(check, finding)), isLast };
      }
    },

    /**
     * The same as one report, in which each check lists at most so many issues; all are counted.
     *
     * @throws as `validate` does.
     */
    async report({ maxIssues, ...options }: ValidationOptions & { readonly maxIssues: number }): Promise<ValidationReport> {
      const checkedAt = now();
      const reports = new Map(chosen(options.checks).map(({ name }) => [name, { name, examined: 0, issues: [] as DataIssue[] }]));
      let issueCount = 0;
      for await (const { check, examined, findings } of examine(options)) {
        const report = reports.get(check.name);
        if (!report) continue;
        report.examined += examined;
        issueCount += findings.length;
        const listed = findings.slice(0, Math.max(0, maxIssues - report.issues.length));
        report.issues.push(...listed.map((finding) => toIssue(check, finding)));
      }
      return { checkedAt, checks: [...reports.values()], issueCount };
    },

    /**
     * Runs checks, and repairs what of their findings can be. Each is looked at again under a lock before it is changed;
     * what fails is told of, and the others are still done. A report for each repair that there was something for.
     *
     * @throws as `validate` does; what was repaired stays so.
     */
    async repair({ dryRun, maxDetails, ...options }: RepairOptions): Promise<CleanupReport[]> {
      const reports = new Map<RepairName, Counted>();
      const pace = paceOf(options);
      for await (const { check, findings } of examine(options, pace)) {
        for (const finding of findings) {
          const name = repairOf(check, finding);
          if (!name) continue;
          options.signal?.throwIfAborted();
          const counted = reports.get(name) ?? { task: name, dryRun, examined: 0, changed: 0, details: [], errors: [] };
          reports.set(name, counted);
          await pace.work(() => take(counted, name, check, finding));
          await pace.rest();
        }
      }
      return [...reports.values()];

      async function take(report: Counted, name: RepairName, check: DataCheck, finding: Finding): Promise<void> {
        const { action, run } = repairs[name];
        report.examined += 1;
        try {
          if (!dryRun && !(await run(finding))) return;
        } catch (error) {
          if (error instanceof DatabaseUnavailable) throw error;
          if (report.errors.length < maxDetails) report.errors.push(`${finding.id}: ${reasonOf(error)}`);
          return;
        }
        report.changed += 1;
        const reason = toIssue(check, finding).description;
        if (report.details.length < maxDetails) report.details.push({ id: finding.id, action, reason });
      }
    },
  };
}

interface Counted extends CleanupReport {
  examined: number;
  changed: number;
  readonly details: CleanupDetail[];
  readonly errors: string[];
}

const never = (): AbortSignal => new AbortController().signal;

/** @throws BadUserInput */
function chosen(names: readonly string[] | null | undefined): readonly DataCheck[] {
  if (!names) return dataChecks;
  const unknown = names.filter((name) => !dataChecks.some((check) => check.name === name));
  if (unknown.length > 0) {
    const known = dataChecks.map(({ name }) => name).join(', ');
    throw new BadUserInput(`There is no check ${unknown.map((name) => JSON.stringify(name)).join(', ')}. There are ${known}.`);
  }
  return dataChecks.filter(({ name }) => names.includes(name));
}

function kindOf(check: DataCheck, { category }: Finding): IssueKind {
  const kind = check.kinds[category];
  if (!kind) throw new Error(`The check ${check.name} found ${category}, which it does not know.`);
  return kind;
}

/** Null where only people can repair it. */
function repairOf(check: DataCheck, finding: Finding): RepairName | null {
  return (finding.isRepairable ?? true) ? (kindOf(check, finding).repair ?? null) : null;
}

function toIssue(check: DataCheck, finding: Finding): DataIssue {
  const { severity, describe, action } = kindOf(check, finding);
  return {
    severity,
    category: finding.category,
    description: describe(finding),
    affectedId: finding.id,
    ownerId: finding.ownerId,
    suggestedAction: action,
    isRepairable: repairOf(check, finding) !== null,
  };
}
