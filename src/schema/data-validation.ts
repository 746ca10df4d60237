import type { DataIssue as Issue, CheckReport } from '../domain/upkeep.js';
import { maxListedIssues } from '../services/administration.js';
import type { ValidationReport } from '../services/data/validation.js';
import { Admin } from './admin.js';
import { builder } from './builder.js';
import { Severity } from './enums.js';
import { decodeIdOf } from './global-id.js';
import { sends } from './statements.js';

const DataIssue = builder.objectRef<Issue>('DataIssue').implement({
  description: 'Something in the data that is not as it should be.',
  fields: (t) => ({
    severity: t.field({ type: Severity, description: 'How much it matters.', resolve: ({ severity }) => severity }),
    category: t.exposeString('category', { description: 'What kind of thing it is, for programs.' }),
    description: t.exposeString('description', { description: 'What is wrong, for people.' }),
    affectedId: t.exposeString('affectedId', { description: "The row's own id, or the object's key in storage; no id of the API." }),
    suggestedAction: t.exposeString('suggestedAction', { description: 'What to do about it, for people.' }),
    isRepairable: t.exposeBoolean('isRepairable', {
      description: 'Whether "npm run maintenance -- validate --repair" does that without losing anything.',
    }),
  }),
});

const DataCheck = builder.objectRef<CheckReport>('DataCheck').implement({
  description: 'What one check came to.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    examined: t.exposeInt('examined', { description: 'Rows, or objects, that were looked at.' }),
    issues: t.field({
      type: [DataIssue],
      extensions: { listSize: maxListedIssues },
      description: `What it found: the first ${maxListedIssues}.`,
      resolve: ({ issues }) => issues,
    }),
  }),
});

const DataValidationReport = builder.objectRef<ValidationReport>('DataValidationReport').implement({
  description: 'What the data checks came to.',
  fields: (t) => ({
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When they began.' }),
    checks: t.field({
      type: [DataCheck],
      extensions: { listSize: 20 },
      description: 'Each that was asked for.',
      resolve: ({ checks }) => checks,
    }),
    issueCount: t.exposeInt('issueCount', { description: 'All that was found, listed or not.' }),
  }),
});

/** Each page of rows is a short transaction of its own; this is more than half of a request's time has room for. */
const mostStatements = 100_000;

builder.objectField(Admin, 'validateData', (t) =>
  t.field({
    type: DataValidationReport,
    ...sends(0, { reserve: mostStatements }),
    description:
      'Runs the data checks, and changes nothing. On much data they take longer than a request may, which is an error then: choose some, or one account, or use the command.',
    args: {
      checks: t.arg.stringList({ description: 'Which; without it all. An unknown name is answered with those there are.' }),
      profileId: t.arg.id({ description: "Whose rows; without it everybody's." }),
    },
    resolve: (admin, { checks, profileId }, { services }) =>
      services.administration.validateData(admin, {
        checks,
        profileId: profileId == null ? null : decodeIdOf('Profile', profileId, 'profileId'),
      }),
  }),
);
