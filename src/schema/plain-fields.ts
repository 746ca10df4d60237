import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import { encodeGlobalId } from '../domain/global-id.js';
import { reads } from './look-ahead.js';

/**
 * Leaves out what the relay plugin does for every row in case it were needed, and costs more than the row. It awaits ids,
 * so that one could come from anywhere: of a stored row it stands in its column. And it reads a connection's parts by
 * functions that do what no function does as well.
 */
export function withPlainFields(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    if (type.extensions['pothosPrismaModel'] !== undefined) answerIdAtOnce(type);
    if (type.name.endsWith('Connection')) readProperties(type, ['edges', 'pageInfo']);
    if (type.name.endsWith('ConnectionEdge')) readProperties(type, ['node']);
  }
  return schema;
}

function answerIdAtOnce(type: GraphQLObjectType): void {
  const id = type.getFields()['id'];
  if (!id || !type.getInterfaces().some(({ name }) => name === 'Node')) return;
  id.resolve = (row: { readonly id: string }) => encodeGlobalId(type.name, row.id);
  id.extensions = { ...id.extensions, ...reads('id').extensions };
}

function readProperties(type: GraphQLObjectType, names: readonly string[]): void {
  for (const name of names) {
    const field = type.getFields()[name];
    if (field) delete field.resolve;
  }
}
