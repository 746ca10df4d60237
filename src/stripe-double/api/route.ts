import type { z } from 'zod';
import type { FormTree } from '../form.js';
import { readParameters } from '../parameters.js';
import type { AnyRecord, ApiRecord, PendingItem, KeptAnswer } from '../records.js';
import type { World } from '../world.js';

/** What a call of the API answers with: a record, a page of them, or something of its own. */
export type Answer =
  | { readonly record: Exclude<AnyRecord, PendingItem | KeptAnswer> }
  | { readonly page: { readonly data: readonly Exclude<AnyRecord, PendingItem | KeptAnswer>[]; readonly has_more: boolean; readonly url: string } }
  | { readonly plain: Readonly<Record<string, unknown>> };

/** A call of the API. `:id` in its path is handed to `answer`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** @throws ApiError; what was changed by then is undone. */
  answer(world: World, form: FormTree, id: string): Answer;
}

export function route<Schema extends z.ZodType>(
  method: Route['method'],
  path: string,
  parameters: Schema,
  answer: (world: World, parameters: z.infer<Schema>, id: string) => Answer,
): Route {
  return { method, path, answer: (world, form, id) => answer(world, readParameters(parameters, form), id) };
}

export const asRecord = (record: ApiRecord): Answer => ({ record });
