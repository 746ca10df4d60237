import { GraphQLError, GraphQLScalarType } from 'graphql';
import {
  DateTimeResolver,
  JSONObjectResolver,
  SafeIntResolver,
  URLResolver,
  UUIDResolver,
} from 'graphql-scalars';
import { isoText } from '../domain/instants.js';
import { builder } from './builder.js';

const firstInstant = new Date('0001-01-01T00:00:00.000Z');
const lastInstant = new Date('9999-12-31T23:59:59.999Z');

/**
 * The package's pattern lets some texts through that are no instant (an offset of `|05:00`), and its years reach, by
 * their offsets, from -1 to 10000; PostgreSQL has no year 0 and reads neither end as JavaScript writes it.
 */
function storable(instant: Date): Date {
  // Not so either where the date is invalid.
  if (instant >= firstInstant && instant <= lastInstant) return instant;
  throw new GraphQLError('DateTime must be an instant of the years 1 to 9999, in UTC, such as 2026-11-22T10:15:30Z.');
}

const DateTime = new GraphQLScalarType<Date, string>({
  ...(DateTimeResolver as GraphQLScalarType<Date, Date | string>).toConfig(),
  serialize: (value) => textOf(value instanceof Date ? value : DateTimeResolver.serialize(value)),
  parseValue: (value) => storable(DateTimeResolver.parseValue(value)),
  parseLiteral: (node, variables) => storable(DateTimeResolver.parseLiteral(node, variables)),
});

/** As text, because JSON would ask each Date for its own. An invalid one is refused as the package does it. */
function textOf(instant: Date): string {
  return isoText(Number.isNaN(instant.getTime()) ? DateTimeResolver.serialize(instant) : instant);
}

/** A text that is answered is an address that this program made: parsing it again would cost more than signing it did. */
const Address = new GraphQLScalarType<URL, string>({
  ...(URLResolver as GraphQLScalarType<URL, string>).toConfig(),
  serialize: (value) => (typeof value === 'string' ? value : String(URLResolver.serialize(value))),
});

builder.addScalarType('DateTime', DateTime);
builder.addScalarType('JSONObject', JSONObjectResolver);
builder.addScalarType('SafeInt', SafeIntResolver);
builder.addScalarType('URL', Address);
builder.addScalarType('UUID', UUIDResolver);
