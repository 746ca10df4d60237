import { GraphQLError, Kind, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GraphqlLimits } from '../../config/runtime.js';
import { toRefusal } from '../errors.js';
import { createLimitGuard } from '../limits.js';
import type { Variables } from '../limits/weight.js';
import type { GraphQLParameters } from './parameters.js';

/** An operation that may be executed: within the limits and valid. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** A well-formed request whose document may not be executed. */
export class DocumentRefused extends Error {
  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super('The document was refused.');
    this.name = 'DocumentRefused';
  }
}

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
  readonly production: boolean;
  /** Told of each operation of a document that is pinned. */
  readonly onPin?: (document: DocumentNode, operation: OperationDefinitionNode) => void;
}

interface KnownDocument {
  readonly document: DocumentNode;
  readonly operations: readonly OperationDefinitionNode[];
  readonly sizeVariables: ReadonlySet<string>;
  /** The sizes that passed last. Clients ask for one size of page for ever, so weighing again is rare. */
  passedSizes: string;
}

/** Of the texts of kept documents together. */
const MAX_KEPT_CHARACTERS = 4_000_000;
/** Further faults of one document help nobody, and each costs time. */
const MAX_VALIDATION_ERRORS = 20;

export interface Documents {
  /** @throws DocumentRefused where the document may not be executed, or none of its operations is meant. */
  prepare(parameters: GraphQLParameters): PreparedOperation;
  /** Learns a document before anybody asks for it, and never forgets it. @throws DocumentRefused */
  pin(text: string): void;
}

/**
 * Takes a document through tokens, parser, limits and validation, in this order, so that each step meets only what the
 * one before has bounded. Documents that passed are kept by their text; sizes of pages that come from variables are
 * weighed again for each request.
 */
export function createDocuments({ schema, limits, production, onPin }: DocumentsOptions): Documents {
  const guard = createLimitGuard(schema, limits);
  const known = new LRUCache<string, KnownDocument>({
    maxSize: MAX_KEPT_CHARACTERS,
    sizeCalculation: (_document, text) => text.length,
  });
  const pinned = new Map<string, KnownDocument>();

  function learn(query: string, variables: Variables): KnownDocument {
    const document = refusing('GRAPHQL_PARSE_FAILED', () => {
      guard.checkText(query);
      return parse(query, { maxTokens: limits.maxTokens });
    });
    const { sizeVariables } = refusing('GRAPHQL_VALIDATION_FAILED', () => guard.checkDocument(document, variables));
    const errors = validate(schema, document, specifiedRules, {
      maxErrors: MAX_VALIDATION_ERRORS,
      hideSuggestions: production,
    });
    if (errors.length > 0)
      throw new DocumentRefused(errors.map((error) => toRefusal(error, 'GRAPHQL_VALIDATION_FAILED')));
    const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return { document, operations, sizeVariables, passedSizes: sizesOf(sizeVariables, variables) };
  }

  function recheck(hit: KnownDocument, variables: Variables): void {
    const sizes = sizesOf(hit.sizeVariables, variables);
    if (sizes === hit.passedSizes) return;
    refusing('GRAPHQL_VALIDATION_FAILED', () => guard.checkDocument(hit.document, variables));
    hit.passedSizes = sizes;
  }

  return {
    prepare({ query, variables, operationName }) {
      let found = pinned.get(query) ?? known.get(query);
      if (!found) {
        found = learn(query, variables);
        known.set(query, found);
      } else if (found.sizeVariables.size > 0) recheck(found, variables);
      return { document: found.document, operation: chooseOperation(found.operations, operationName) };
    },
    pin(text) {
      const learned = learn(text, {});
      pinned.set(text, learned);
      for (const operation of learned.operations) onPin?.(learned.document, operation);
    },
  };
}

/** All that the cost reads of the variables: a number, or how long a list is. */
function sizesOf(names: ReadonlySet<string>, variables: Variables): string {
  let sizes = '';
  for (const name of names) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    sizes += `${Array.isArray(value) ? `[${value.length}]` : typeof value === 'number' ? value : typeof value},`;
  }
  return sizes;
}

function refusing<T>(code: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GraphQLError) throw new DocumentRefused([toRefusal(error, code)]);
    throw error;
  }
}

function chooseOperation(operations: readonly OperationDefinitionNode[], name: string | undefined): OperationDefinitionNode {
  const chosen = name === undefined ? operations : operations.filter((operation) => operation.name?.value === name);
  const [operation] = chosen;
  if (operation && chosen.length === 1) return operation;
  const message =
    name !== undefined
      ? 'The document has no operation of the name that "operationName" gives.'
      : operation
        ? 'The document has several operations: say by "operationName" which to run.'
        : 'The document has no operation to run.';
  throw new DocumentRefused([{ message, extensions: { code: 'BAD_REQUEST' } }]);
}
