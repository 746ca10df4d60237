import type { RuntimeConfiguration } from '../../config/runtime.js';
import { checkInput, type InputCheck } from '../../domain/input.js';
import { checkSettings, type SettingsInput } from '../settings.js';
import { checkExternalImageUrl } from './external-image.js';
import { paragraphOrNull } from '../text.js';

/** Characters of a community collection's title; the database holds the same bound. */
export const maxCommunityTitle = 200;

/** Characters of a community collection's description. */
export const maxCommunityDescription = 2_000;

/** The highest place that a curator may give. */
export const maxOrderIndex = 1_000_000;

/** Looks of a collection: its order is sent as a whole. */
export const maxCommunityItems = 500;

/** More faults of one kind than a person would read. */
const mostRepetitions = 20;

/** In every input null is what a client sends to clear a field, undefined what it left out. */
type Given<T> = T | null | undefined;

export interface CreateCommunityCollectionInput {
  readonly title: string;
  readonly description?: Given<string>;
  readonly isFeatured: boolean;
  readonly orderIndex?: Given<number>;
}

export interface UpdateCommunityCollectionInput {
  readonly communityCollectionId: string;
  readonly title?: Given<string>;
  readonly description?: Given<string>;
  readonly isFeatured?: Given<boolean>;
  readonly orderIndex?: Given<number>;
}

export interface AddCommunityItemInput {
  readonly communityCollectionId: string;
  readonly renderId?: Given<string>;
  readonly externalImageUrl?: Given<URL>;
  readonly applySettings?: Given<SettingsInput>;
  readonly orderIndex?: Given<number>;
}

export interface UpdateCommunityItemInput {
  readonly communityItemId: string;
  readonly applySettings?: Given<SettingsInput>;
  readonly orderIndex?: Given<number>;
}

export interface ReorderCommunityItemsInput {
  readonly communityCollectionId: string;
  readonly itemIds: readonly string[];
}

/** Checks a field of an update that may be left out and not be cleared. */
function changed<T>(check: InputCheck, field: string, value: Given<T>, checked: (value: T) => T): T | undefined {
  if (value === null) check.issue([field], `"${field}" cannot be taken away. Give another one, or leave it out.`);
  return value == null ? undefined : checked(value);
}

const checkTitle = (check: InputCheck, title: string) => check.line(['title'], title, maxCommunityTitle);
const checkOrderIndex = (check: InputCheck, index: number) => check.integer(['orderIndex'], index, 0, maxOrderIndex);

function checkDescription(check: InputCheck, description: string | null): string | null {
  return description === null ? null : paragraphOrNull(check, ['description'], description, maxCommunityDescription);
}

/** @throws InvalidInput */
export function checkNewCollection(input: CreateCommunityCollectionInput) {
  const check = checkInput();
  const collection = {
    title: checkTitle(check, input.title),
    description: checkDescription(check, input.description ?? null),
    isFeatured: input.isFeatured,
    orderIndex: input.orderIndex == null ? 0 : checkOrderIndex(check, input.orderIndex),
  };
  check.done();
  return collection;
}

/**
 * What is to change of a collection; what is not named is absent.
 *
 * @throws InvalidInput also for null where there must be a value.
 */
export function checkCollectionChange(input: UpdateCommunityCollectionInput) {
  const check = checkInput();
  const title = changed(check, 'title', input.title, (value) => checkTitle(check, value));
  const isFeatured = changed(check, 'isFeatured', input.isFeatured, (value) => value);
  const orderIndex = changed(check, 'orderIndex', input.orderIndex, (value) => checkOrderIndex(check, value));
  const description = input.description === undefined ? undefined : checkDescription(check, input.description);
  check.done();
  return {
    ...(title !== undefined ? { title } : {}),
    ...(description !== undefined ? { description } : {}),
    ...(isFeatured !== undefined ? { isFeatured } : {}),
    ...(orderIndex !== undefined ? { orderIndex } : {}),
  };
}

/** Null where none are given. */
function checkGivenSettings(check: InputCheck, input: Given<SettingsInput>, runtime: RuntimeConfiguration): object | null {
  return input == null ? null : checkSettings(runtime, input, check, ['applySettings']);
}

/**
 * What is asked of a new look, where it has one source of its picture.
 *
 * @throws InvalidInput
 */
export function checkNewItem(input: AddCommunityItemInput, runtime: RuntimeConfiguration) {
  const check = checkInput();
  const hasRender = input.renderId != null;
  if (hasRender === (input.externalImageUrl != null)) {
    const problem = hasRender ? 'both are given' : 'neither is';
    const message = `A look has one picture: give either "renderId" or "externalImageUrl"; ${problem}.`;
    check.issue(['renderId'], message);
    check.issue(['externalImageUrl'], message);
  }
  const verdict = input.externalImageUrl ? checkExternalImageUrl(input.externalImageUrl) : null;
  if (verdict?.problem) check.issue(['externalImageUrl'], `"externalImageUrl" ${verdict.problem}.`);
  const item = {
    /** In its one spelling; null for a render. */
    externalImageUrl: verdict?.url ?? null,
    applySettings: checkGivenSettings(check, input.applySettings, runtime),
    /** Null: the last place. */
    orderIndex: input.orderIndex == null ? null : checkOrderIndex(check, input.orderIndex),
  };
  check.done();
  return item;
}

/**
 * What is to change of a look; what is not named is absent.
 *
 * @throws InvalidInput
 */
export function checkItemChange(input: UpdateCommunityItemInput, runtime: RuntimeConfiguration) {
  const check = checkInput();
  const orderIndex = changed(check, 'orderIndex', input.orderIndex, (value) => checkOrderIndex(check, value));
  const applySettings = checkGivenSettings(check, input.applySettings, runtime);
  check.done();
  return {
    ...(orderIndex !== undefined ? { orderIndex } : {}),
    ...(input.applySettings !== undefined ? { applySettings } : {}),
  };
}

/**
 * The ids as a set.
 *
 * @throws InvalidInput where one stands there twice.
 */
export function checkOrder(itemIds: readonly string[]): ReadonlySet<string> {
  const check = checkInput();
  const named = new Set<string>();
  let repetitions = 0;
  for (const [index, itemId] of itemIds.entries()) {
    if (named.has(itemId) && ++repetitions <= mostRepetitions) {
      check.issue(['itemIds', String(index)], 'This look is named before; name each one once.');
    }
    named.add(itemId);
  }
  check.done();
  return named;
}
