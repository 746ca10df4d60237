import { jobCharges, ledgerEntries, monthsWithoutSums, sumsOfMonths } from '../../../repositories/data-checks/books.js';
import type { DataCheck, Finding } from './check.js';
import { pagedCheck } from './paged-check.js';

const job = ({ detail }: Finding): string => String(detail['jobId']);
const credit = 'The ledger is append-only: find out what wrote it, and put the account right with a credit.';

/** What people were charged. */
export const bookChecks: readonly DataCheck[] = [
  pagedCheck({
    name: 'usage_sums',
    description: 'The running sums of each account and month are the sums of its ledger entries.',
    sources: () => [{ page: sumsOfMonths }, { page: monthsWithoutSums }],
    kinds: {
      sums_differ: {
        severity: 'critical',
        describe: ({ detail: { period, kept, booked } }) =>
          `The sums of ${String(period)} (debits, refunds, credits) are ${list(kept)}; the ledger says ${list(booked)}.`,
        action: 'Compute the sums anew from the ledger.',
        repair: 'recompute_sums',
      },
      sums_missing: {
        severity: 'critical',
        describe: ({ detail }) => `The ledger has entries of ${String(detail['period'])}, and there are no sums of that month.`,
        action: 'Compute the sums anew from the ledger.',
        repair: 'recompute_sums',
      },
    },
  }),
  pagedCheck({
    name: 'ledger_entries',
    description:
      'A debit is of one generation, of its account\'s job, in the UTC month in which the job was submitted; a refund undoes one ' +
      'debit, once, with its amount, in its month.',
    sources: () => [{ page: ledgerEntries }],
    kinds: {
      debit_without_job: {
        severity: 'critical',
        describe: (finding) => `The debit is of the job ${job(finding)}, which the account does not have.`,
        action: credit,
      },
      debit_in_wrong_month: {
        severity: 'warning',
        describe: (finding) => `The debit counts in ${String(finding.detail['period'])}; its job ${job(finding)} was submitted in another month.`,
        action: credit,
      },
      debit_amount_wrong: {
        severity: 'critical',
        describe: (finding) => `The debit of the job ${job(finding)} is not of one generation.`,
        action: credit,
      },
      second_charge_without_first: {
        severity: 'critical',
        describe: (finding) => `The debit is the job's second one (${job(finding)}), and there is no first.`,
        action: credit,
      },
      refund_without_debit: {
        severity: 'critical',
        describe: ({ detail }) => `The refund undoes ${String(detail['debitId'])}, which is no debit.`,
        action: credit,
      },
      refund_differs: {
        severity: 'critical',
        describe: ({ detail }) => `The refund has another amount, month, job or account than its debit ${String(detail['debitId'])}.`,
        action: credit,
      },
      refund_repeated: {
        severity: 'critical',
        describe: ({ detail }) => `The debit ${String(detail['debitId'])} was given back more than once.`,
        action: credit,
      },
    },
  }),
  pagedCheck({
    name: 'job_charges',
    description: 'A job is charged once while it may come to something or has, and not at all where it failed, or was canceled before it began.',
    sources: () => [{ page: jobCharges }],
    kinds: {
      job_not_charged: {
        severity: 'warning',
        describe: () => 'The job was never charged.',
        action: 'Find out what made it; nothing has to be done for its owner.',
      },
      refund_missing: {
        severity: 'critical',
        describe: ({ detail }) => `The job is ${String(detail['status'])}, and its charge was not given back.`,
        action: 'Grant its owner a credit of one in that month.',
      },
      refund_unearned: {
        severity: 'warning',
        describe: ({ detail }) => `The job is ${String(detail['status'])}, and its charge was given back.`,
        action: 'Find out what wrote it; nothing has to be done for its owner.',
      },
      charged_twice: {
        severity: 'critical',
        describe: () => 'The job was charged twice, and nothing of it given back.',
        action: 'Grant its owner a credit of one in that month.',
      },
    },
  }),
];

function list(figures: unknown): string {
  return (figures as readonly number[]).join(', ');
}
