import { getIntrospectionQuery, parse } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { GraphqlLimits } from '../config/runtime.js';
import { refusal, worded } from './limits/refusal.js';
import { scanDocument } from './limits/scan.js';
import { createScales } from './limits/weight.js';
import type { Variables } from './limits/weight.js';

/** Refuses what asks for too much, before anything is validated or executed. */
export interface LimitGuard {
  /** To be called on the text before it is parsed. @throws GraphQLError with a code of limits/refusal.ts */
  checkText(text: string): void;
  /**
   * To be called on the parsed document before it is validated. @throws GraphQLError with a code of limits/refusal.ts, or
   * `GRAPHQL_VALIDATION_FAILED` for fragments that go in circles.
   * @returns The variables that sizes of pages came from: it must be called again for other values of them.
   */
  checkDocument(document: DocumentNode, variables: Variables): { readonly sizeVariables: ReadonlySet<string> };
}

/**
 * How often introspection may pass from a type to a list of further types: `fields { type { fields { type … } } }`. The
 * standard query does it once.
 */
const MAX_INTROSPECTION_LISTS = 2;

export function createLimitGuard(schema: GraphQLSchema, limits: GraphqlLimits): LimitGuard {
  const weigh = createScales(schema);
  const introspection = introspectionLimits(weigh, limits);

  return {
    checkText: (text) => scanDocument(text, limits.maxTokens),
    checkDocument(document, variables) {
      const weight = weigh(document, variables);
      atMost('TOO_MANY_ALIASES', weight.aliases, limits.maxAliases, (found, limit) => `This document has ${found} aliases; the limit is ${limit}.`);
      atMost('TOO_MANY_DIRECTIVES', weight.directives, limits.maxDirectives, (found, limit) => `This document has ${found} directives; the limit is ${limit}.`);
      atMost('TOO_MANY_ROOT_FIELDS', weight.rootFields, limits.maxRootFields, (found, limit) => `This operation has ${found} root fields; the limit is ${limit}.`);
      atMost('QUERY_TOO_DEEP', weight.depth, limits.maxDepth, (found, limit) => `This document asks for ${found} levels of fields; the limit is ${limit}.`);
      atMost('QUERY_TOO_COSTLY', weight.cost, limits.maxCost, (found, limit) => `This document costs ${found}; the limit is ${limit}. A field costs 1, times the length of the lists around it: ask for smaller pages or fewer fields.`);
      atMost('QUERY_TOO_DEEP', weight.introspection.lists, MAX_INTROSPECTION_LISTS, (found, limit) => `This introspection follows types to further types ${found} times; the limit is ${limit}.`);
      atMost('QUERY_TOO_DEEP', weight.introspection.depth, introspection.depth, (found, limit) => `This introspection asks for ${found} levels of fields; the limit is ${limit}.`);
      atMost('QUERY_TOO_COSTLY', weight.introspection.cost, introspection.cost, (found, limit) => `This introspection costs ${found}; the limit is ${limit}. Ask for fewer lists inside each other.`);
      return { sizeVariables: weight.sizeVariables };
    },
  };
}

type LimitCode = Parameters<typeof refusal>[0];

function atMost(code: LimitCode, found: number, limit: number, message: (found: string, limit: number) => string): void {
  if (found > limit) throw refusal(code, message(worded(found), limit), { found, limit });
}

/**
 * The standard introspection query, with every option, must pass whatever the limits are, because tools send it. Twice
 * its cost leaves room for tools that ask in other words.
 */
function introspectionLimits(weigh: ReturnType<typeof createScales>, limits: GraphqlLimits): { depth: number; cost: number } {
  const everyOption = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    experimentalDirectiveDeprecation: false,
    oneOf: true,
  };
  const standard = weigh(parse(getIntrospectionQuery(everyOption)), {}).introspection;
  return { depth: Math.max(limits.maxDepth, standard.depth), cost: standard.cost * 2 };
}
