import { z } from 'zod';

/*
 * Single values as Stripe writes them. They are kept and logged, so each is held to what such a value looks like: none has
 * control characters, which JSON in PostgreSQL could not hold, or is longer than a line.
 */

/** Ids. Those of old plans were chosen by hand, and may have spaces. */
export const id = z.string().regex(/^[\x20-\x7e]{1,255}$/);

/** A word of Stripe's own, such as a status. */
export const word = z.string().regex(/^[a-z][a-z0-9_]{0,49}$/);

/** Seconds since 1970, up to the year 9999. */
export const seconds = z.number().int().min(0).max(253_402_300_799);

/** In hundredths of a currency. */
export const cents = z.number().int();

/** ISO 4217; in lower case afterwards. */
export const currency = z
  .string()
  .regex(/^[a-z]{3}$/i)
  .transform((value) => value.toLowerCase());

/** Something else of Stripe's: its id, or the thing itself where it was asked for or an old API wrote it out. */
export const reference = z.union([id, z.object({ id }).transform((object) => object.id)]);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A profile's id; null for anything else, which somebody may have put there by hand. */
export function profileIdOf(value: unknown): string | null {
  return typeof value === 'string' && uuid.test(value) ? value.toLowerCase() : null;
}

/** The profile that metadata names. */
export function profileIdIn(metadata: unknown): string | null {
  return typeof metadata === 'object' && metadata !== null && 'profile_id' in metadata
    ? profileIdOf(metadata.profile_id)
    : null;
}
