import { parse } from 'graphql';
import type { GraphQLSchema, OperationTypeNode } from 'graphql';
import type { GraphqlLimits } from '../../config/runtime.js';
import { createScales } from '../limits/weight.js';
import { createDocuments } from './documents.js';
import { readManifest } from './manifest.js';
import { trustManifest } from './trusted-documents.js';

/** What one operation of a manifest takes of what the limits allow. */
export interface CheckedOperation {
  readonly id: string;
  /** Undefined: it has none. */
  readonly name: string | undefined;
  readonly type: `${OperationTypeNode}`;
  /** Of variables that give sizes of pages, with their defaults. */
  readonly cost: number;
  readonly depth: number;
  /** The variables that sizes of pages come from: each request is weighed by theirs. */
  readonly sizeVariables: readonly string[];
}

export interface ManifestReport {
  readonly operations: readonly CheckedOperation[];
  /** For which a gateway with this schema and these limits would not start. */
  readonly problems: readonly string[];
}

/** Reads the manifest at the path and checks all of it; never throws for what it holds. */
export type ManifestCheck = (path: string) => ManifestReport;

export function createManifestCheck({
  schema,
  limits,
}: {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
}): ManifestCheck {
  const weigh = createScales(schema);
  return (path) => {
    // Its suggestions ("Did you mean …?") are for the developers who read the report.
    const documents = createDocuments({ schema, limits, production: false });
    const { operations, problems } = trustManifest(readManifest(path), documents);
    return {
      problems,
      operations: operations.map(({ key, text, operation }) => {
        const { cost, depth, sizeVariables } = weigh(parse(text), {});
        return {
          id: key,
          name: operation.name?.value,
          type: operation.operation,
          cost,
          depth,
          sizeVariables: [...sizeVariables],
        };
      }),
    };
  };
}
