import { isStorageKey } from '../../../storage/keys.js';
import type { CheckSubject, Finding, IssueKind } from './check.js';

const pathOf = ({ detail }: Finding): string => String(detail['path']);

/** What can be wrong with the name of a picture, whoever names it. `what` is that, such as "A variant". */
export function kindsOfNames(what: string): Readonly<Record<string, IssueKind>> {
  return {
    path_malformed: {
      severity: 'critical',
      describe: () => `${what} names a picture by a path that no key of the store has.`,
      action: 'Find out what wrote it, and restore the row from a backup.',
    },
    path_not_owned: {
      severity: 'critical',
      describe: (finding) => `${what} names a picture that belongs to another row or person: ${pathOf(finding)}.`,
      action: 'Find out what wrote it at once, because a picture is shown to whom it is not for; restore the row from a backup.',
    },
    asset_missing: {
      severity: 'critical',
      describe: (finding) =>
        `${what} names a picture that has no record${finding.isRepairable === true ? '' : ', and is not in the store'}: ${pathOf(finding)}.`,
      action: 'Write the record where the store has the picture; otherwise restore the picture from a backup.',
      repair: 'record_picture',
    },
    asset_marked: {
      severity: 'critical',
      describe: (finding) => `${what} names a picture that is marked to be removed: ${pathOf(finding)}.`,
      action: 'Take the mark away.',
      repair: 'keep_picture',
    },
    size_differs: {
      severity: 'warning',
      describe: ({ detail }) => `${what} says that its picture has ${String(detail['byteSize'])} bytes; it has ${String(detail['recorded'])}.`,
      action: 'Find out what wrote it, and correct the row.',
    },
  };
}

/** Of a name that is not right, what the store has to say. */
export async function settleName(finding: Finding, { storage }: CheckSubject): Promise<Finding | null> {
  const path = pathOf(finding);
  switch (finding.category) {
    case 'asset_missing':
      return { ...finding, isRepairable: isStorageKey(path) && (await storage.stat(path)) !== null };
    case 'size_differs': {
      const stored = await storage.stat(path);
      // Where the record is what is wrong, it is told of beside the store's objects.
      return stored?.byteSize === finding.detail['recorded'] ? finding : null;
    }
    default:
      return finding;
  }
}
