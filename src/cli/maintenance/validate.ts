import { parseArgs } from 'node:util';
import { BadUserInput } from '../../domain/errors.js';
import type { CleanupReport, DataIssue, Severity } from '../../domain/upkeep.js';
import { createExportService } from '../../services/data/export.js';
import { createValidationService, type ValidationOptions, type ValidationService } from '../../services/data/validation.js';
import type { PaceClock } from '../../services/data/validation/pace.js';
import { dataChecks } from '../../services/data/validation/registry.js';
import { AskedWrongly, maintenanceCommand, type MaintenanceCommand, type MaintenanceSurroundings, type MaintenanceTarget, onTarget } from './command.js';
import { patiently } from './patient-progress.js';

/**
 * Of a hundred. Nobody waits for most checks, and whoever does can say 100; but people wait for what goes on beside them. A
 * quarter of the time takes about a tenth of a feed that has no core to spare (docs/bench.md), half of it takes a quarter.
 */
export const defaultPace = 25;

const usage = `Looks whether the data is as it should be, and says what to do about what is not.

  npm run -s maintenance -- validate [--checks A,B] [--profile PROFILE] [--pace PERCENT] [--json] [--repair [--yes]]
  npm run -s maintenance -- validate --list

  --list      names the checks, and what each holds against what
  --checks    these checks alone
  --profile   one account alone: a profile's id, as the database or the API has it, or an e-mail that one profile has
  --pace      how much of the time it works, 1 to 100; between pages it rests. Default ${defaultPace}
  --json      JSON lines: one for each issue as it is found, for each check and repair, and at last a summary
  --repair    names what can be repaired without losing anything; with --yes repairs it, and then looks once more

Exit codes: 0 nothing is wrong, or only what is good to know; 1 it could not be done; 2 it was asked wrongly; 3 there are
warnings; 4 there is something critical, which loses money, pictures or privacy. After a repair they say what is left.
`;

/** Of what was repaired, so much is named. */
const maxDetails = 1_000;

const exitCodes: Readonly<Record<Severity, number>> = { info: 0, warning: 3, critical: 4 };

/** `clock` stands in for time, for tests in which it passes. */
export function createValidateCommand({ clock }: { readonly clock?: PaceClock } = {}): MaintenanceCommand {
  return maintenanceCommand({
    summary: 'looks whether the data is as it should be, and repairs it',
    usage,
    read: readArguments,
    async act(wanted, surroundings) {
      if (wanted.task !== 'list') return onTarget(surroundings, (target) => validate(target, surroundings, wanted, clock));
      const say = sayer(surroundings.stdout, wanted.isJson);
      for (const { name, description } of dataChecks) say({ name, description }, `${name}\n  ${description}\n`);
      return 0;
    },
  });
}

interface Wanted {
  readonly task: 'list' | 'validate' | 'repair';
  readonly isJson: boolean;
  /** Whether repairs are made, and not only named. */
  readonly isSure: boolean;
  readonly checks: readonly string[] | null;
  /** Whose rows alone, as it was given. */
  readonly profile: string | null;
  /** The share of the time that is worked. */
  readonly pace: number;
}

/** @throws AskedWrongly, or what parseArgs throws. */
function readArguments(args: readonly string[]): Wanted | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      list: { type: 'boolean', default: false },
      checks: { type: 'string' },
      profile: { type: 'string' },
      pace: { type: 'string' },
      json: { type: 'boolean', default: false },
      repair: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const checks = values.checks === undefined ? null : values.checks.split(',').map((name) => name.trim());
  const profile = values.profile ?? null;
  const pace = percentOf(values.pace ?? String(defaultPace));
  if (pace === null) throw new AskedWrongly('--pace takes a whole number from 1 to 100.');
  if (values.yes && !values.repair) throw new AskedWrongly();
  if (values.list && (values.repair || checks || profile !== null || values.pace !== undefined)) throw new AskedWrongly();
  const task = values.list ? 'list' : values.repair ? 'repair' : 'validate';
  return { task, isJson: values.json, isSure: values.yes, checks, profile, pace: pace / 100 };
}

/** Null for what is no whole number from 1 to 100. */
function percentOf(text: string): number | null {
  return /^([1-9]\d?|100)$/.test(text) ? Number(text) : null;
}

async function validate(
  target: MaintenanceTarget,
  surroundings: MaintenanceSurroundings,
  wanted: Wanted,
  clock: PaceClock | undefined,
): Promise<number> {
  const { now, signal, stdout } = surroundings;
  const { databases, storage, runtime } = target;
  const service = createValidationService({ databases, storage, runtime, now: () => now, ...(clock ? { clock } : {}) });
  const say = sayer(stdout, wanted.isJson);
  const { checks, pace } = wanted;
  const options: ValidationOptions = { checks, pace, ownerId: await ownerOf(target, wanted), signal };
  if (wanted.task === 'repair') {
    const reports = await service.repair({ ...options, dryRun: !wanted.isSure, maxDetails });
    for (const report of reports) say({ type: 'repair', ...report }, repairText(report));
    if (reports.length === 0) say({ type: 'repair', changed: 0 }, 'There is nothing that could be repaired.\n');
  }
  const counts = await look(service, options, surroundings, say);
  const worst = (['critical', 'warning', 'info'] as const).find((severity) => counts[severity] > 0) ?? 'info';
  say(
    { type: 'summary', checkedAt: now.toISOString(), ...counts },
    `\n${grouped(counts.critical)} critical, ${grouped(counts.warning)} warnings, ${grouped(counts.info)} to know.\n`,
  );
  return exitCodes[worst];
}

/** @throws BadUserInput where the profile that is wanted is none, or several. */
async function ownerOf({ databases, storage }: MaintenanceTarget, { profile }: Wanted): Promise<string | null> {
  if (profile === null) return null;
  const [found, ...others] = await createExportService({ databases, storage }).findProfiles(profile, 2);
  if (found === undefined) throw new BadUserInput(`There is no profile ${JSON.stringify(profile)}.`);
  if (others.length > 0) throw new BadUserInput(`Several profiles have the e-mail ${JSON.stringify(profile)}: give an id.`);
  return found;
}

type Counts = Record<Severity, number>;
type Say = (record: object, text: string) => void;

const sayer =
  (stdout: (text: string) => void, isJson: boolean): Say =>
  (record, text) => stdout(isJson ? `${JSON.stringify(record)}\n` : text);

/** Says each issue as it is found, and each check as it ends; keeps none of them. */
async function look(
  service: ValidationService,
  options: ValidationOptions,
  { progress }: MaintenanceSurroundings,
  say: Say,
): Promise<Counts> {
  const counts: Counts = { critical: 0, warning: 0, info: 0 };
  const bar = patiently(progress('Checking'));
  const total = options.checks ? new Set(options.checks).size : service.checks.length;
  let done = 0;
  let examined = 0;
  let found = 0;
  bar(done, total);
  try {
    for await (const step of service.validate(options)) {
      examined += step.examined;
      found += step.issues.length;
      for (const issue of step.issues) {
        counts[issue.severity] += 1;
        say({ type: 'issue', check: step.check, ...issue }, issueText(issue));
      }
      if (step.isLast) {
        say({ type: 'check', name: step.check, examined, issueCount: found }, checkText(step.check, examined, found));
        [done, examined, found] = [done + 1, 0, 0];
      }
      bar(done, total);
    }
  } finally {
    bar.stop();
  }
  return counts;
}

const grouped = (value: number): string => value.toLocaleString('en-AU');

function checkText(name: string, examined: number, found: number): string {
  return `${name.padEnd(24)}${grouped(examined).padStart(12)} looked at${(found === 0 ? 'ok' : `${grouped(found)} found`).padStart(14)}\n`;
}

function issueText({ severity, category, affectedId, description, suggestedAction, isRepairable }: DataIssue): string {
  const repair = isRepairable ? ' (--repair does it)' : '';
  return `  ${severity.toUpperCase()} ${category} ${affectedId}\n    ${description}\n    ${suggestedAction}${repair}\n`;
}

function repairText({ task, dryRun, examined, changed, details, errors }: CleanupReport): string {
  const lines = [
    dryRun ? `${task}: ${grouped(changed)} could be repaired (--yes does it)` : `${task}: ${grouped(changed)} of ${grouped(examined)} repaired`,
    ...details.map(({ id, action, reason }) => `  ${dryRun ? 'would be ' : ''}${action} ${id}\n    ${reason}`),
    ...(details.length < changed ? [`  and ${grouped(changed - details.length)} more`] : []),
    ...errors.map((error) => `  failed ${error}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
