import type { ExportReport } from '../../services/data/export.js';

/** What lies in an export, told to the person whose it is. Nothing of theirs stands in it, so nothing has to be escaped. */
export function readmeOf({ exportedAt, report }: { readonly exportedAt: Date; readonly report: ExportReport }): string {
  const { erasedAt, pictures, missingPictures } = report;
  return `Your account, as it stood on ${exportedAt.toISOString()}
${erasedAt === null ? '' : `\nThis account was erased on ${erasedAt.toISOString()}. What is here is what had to be kept.\n`}
This folder holds what your account holds. Each .jsonl file is a list: one entry a line, as JSON, which any editor opens.

  profile.jsonl           who you are to us, your preferences, and your subscription
  plan-changes.jsonl      from when on which price was in force
  status-changes.jsonl    when your account was suspended, or active again
  usage-months.jsonl      generations of each month: charged, given back, granted
  usage-entries.jsonl     the same, entry by entry
  photos.jsonl            the photos that you gave us
  uploads.jsonl           how they came; one that is PENDING was not looked at, and its bytes are not here
  generation-jobs.jsonl   what you asked for, also what failed, was canceled or was archived
  renders.jsonl           what came of it
  render-variants.jsonl   the pictures of each render
  collections.jsonl       your collections
  collection-items.jsonl  which render is in which collection
  community-items.jsonl   looks in the public gallery that were made from your renders

Your pictures are in the folder "pictures": ${pictures} of them. "file" in a list is where a picture is.
${missingPictures === 0 ? '' : `Named, but not found: ${missingPictures}. manifest.json marks them as "missing".\n`}
Times are in UTC. Entries name one another by "id". manifest.json lists every file with its size and its SHA-256 checksum.
`;
}
