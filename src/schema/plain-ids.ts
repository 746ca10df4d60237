import { type GraphQLSchema, isObjectType } from 'graphql';
import { encodeGlobalId } from './global-id.js';
import { reads } from './look-ahead.js';

/**
 * Answers the ids of stored rows at once. The relay plugin awaits them, so that an id could come from anywhere; of a row
 * it stands in its column, and a promise for each row of a page costs more than the row.
 */
export function withPlainIds(schema: GraphQLSchema): GraphQLSchema {
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    if (!isObjectType(type) || type.extensions['pothosPrismaModel'] === undefined) continue;
    if (!type.getInterfaces().some((implemented) => implemented.name === 'Node')) continue;
    const id = type.getFields()['id'];
    if (!id) continue;
    id.resolve = (row: { readonly id: string }) => encodeGlobalId(name, row.id);
    id.extensions = { ...id.extensions, ...reads('id').extensions };
  }
  return schema;
}
