import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { DateTimeResolver } from 'graphql-scalars';
import type { AssetUrls } from '../../gateway/pictures.ts';
import type { loadGenerated, PrismaTypes, Scoped } from './client.ts';

export interface Context {
  readonly viewer: string;
  readonly prisma: Scoped;
  readonly urls: AssetUrls;
}

interface Types {
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: { DateTime: { Input: Date; Output: Date }; ID: { Input: string; Output: string } };
}

/** The builder as Pothos's guide sets it up, with a client for each request. */
export function createBuilder(getDatamodel: Awaited<ReturnType<typeof loadGenerated>>['getDatamodel']) {
  const builder = new SchemaBuilder<Types>({
    plugins: [PrismaPlugin, RelayPlugin],
    defaultFieldNullability: false,
    prisma: { client: ({ prisma }) => prisma.client, dmmf: getDatamodel(), onUnusedQuery: null },
    relay: {
      edgesFieldOptions: { nullable: { list: false, items: false } },
      nodeFieldOptions: { nullable: false },
    },
  });
  builder.addScalarType('DateTime', DateTimeResolver);
  builder.queryType({});
  builder.mutationType({});
  return builder;
}

export type Builder = ReturnType<typeof createBuilder>;
