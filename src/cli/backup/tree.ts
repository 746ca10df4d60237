import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupRefused } from './refused.js';

/** A file or folder of a tree, by its path below the tree's top, with slashes. */
export type TreeEntry = { readonly folder: string } | { readonly file: string; readonly byteSize: number };

export interface TreeOptions {
  /** Names at the top that are not looked at. */
  readonly without: ReadonlySet<string>;
  /** What is neither a file nor a folder, such as a link: it is left out, or nothing is backed up at all. */
  readonly others: 'left-out' | 'refused';
}

/** Everything below a folder; a folder comes before what is in it, and names come in order. */
export async function* entriesBelow(top: string, { without, others }: TreeOptions, below = ''): AsyncGenerator<TreeEntry> {
  const entries = await readdir(join(top, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (below === '' && without.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      yield { folder: path };
      yield* entriesBelow(top, { without, others }, path);
    } else if (entry.isFile()) {
      yield { file: path, byteSize: (await lstat(join(top, path))).size };
    } else if (others === 'refused') {
      throw new BackupRefused(`${join(top, path)} is neither a file nor a folder: what it leads to cannot be copied with it.`);
    }
  }
}
