import type pg from 'pg';
import type { OperationName } from '../command-line.mjs';
import type { Person } from '../people.ts';
import { addFavorite, favoriteCases } from './add-favorite.ts';
import { collectionCases, collections } from './collections.ts';
import { community, communityCases } from './community.ts';
import { deepFeed, deepFeedCases, feed, feedCases } from './feed.ts';
import type { Case, Operation } from './operation.ts';
import { render, renderCases } from './render.ts';
import { usage, usageCases } from './usage.ts';

/** An operation with the cases that this database has for it. */
export interface Task {
  readonly operation: Operation;
  readonly cases: readonly Case[];
}

type Source = readonly [Operation, (superuser: pg.Client, people: readonly Person[]) => Promise<readonly Case[]>];

const sources: readonly Source[] = [
  [feed, feedCases],
  [deepFeed, deepFeedCases],
  [collections, collectionCases],
  [render, renderCases],
  [community, communityCases],
  [usage, usageCases],
  [addFavorite, favoriteCases],
];

export async function listTasks(
  names: readonly OperationName[],
  superuser: pg.Client,
  people: readonly Person[],
): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  for (const [operation, casesOf] of sources) {
    if (names.includes(operation.name)) tasks.push({ operation, cases: await casesOf(superuser, people) });
  }
  return tasks;
}
