import { getIntrospectionQuery, parse } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { GraphqlLimits } from '../config/runtime.js';
import { refusal, worded } from './limits/refusal.js';
import type { LimitCode } from './limits/refusal.js';
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

const HOW_COST_IS_COUNTED =
  ' A field costs 1, times the length of the lists around it: ask for smaller pages, or for fewer fields in them.';

export function createLimitGuard(schema: GraphQLSchema, limits: GraphqlLimits): LimitGuard {
  const weigh = createScales(schema);
  const introspection = introspectionLimits(weigh, limits);

  return {
    checkText: (text) => scanDocument(text, limits.maxTokens),
    checkDocument(document, variables) {
      const weight = weigh(document, variables);
      const { lists, depth, cost } = weight.introspection;
      atMost(limits.maxAliases, weight.aliases, 'TOO_MANY_ALIASES', 'Aliases in this document');
      atMost(limits.maxDirectives, weight.directives, 'TOO_MANY_DIRECTIVES', 'Directives in this document');
      atMost(limits.maxRootFields, weight.rootFields, 'TOO_MANY_ROOT_FIELDS', 'Root fields of this operation');
      atMost(limits.maxDepth, weight.depth, 'QUERY_TOO_DEEP', 'Levels of fields in this document');
      atMost(limits.maxCost, weight.cost, 'QUERY_TOO_COSTLY', 'Cost of this document', HOW_COST_IS_COUNTED);
      atMost(
        MAX_INTROSPECTION_LISTS,
        lists,
        'QUERY_TOO_DEEP',
        'Lists of types inside each other in this introspection',
      );
      atMost(introspection.depth, depth, 'QUERY_TOO_DEEP', 'Levels of fields in this introspection');
      atMost(introspection.cost, cost, 'QUERY_TOO_COSTLY', 'Cost of this introspection', HOW_COST_IS_COUNTED);
      return { sizeVariables: weight.sizeVariables };
    },
  };
}

function atMost(limit: number, found: number, code: LimitCode, what: string, advice = ''): void {
  if (found > limit)
    throw refusal(code, `${what}: ${worded(found)}. The limit is ${limit}.${advice}`, { limit, found });
}

/**
 * The standard introspection query, with every option, must pass whatever the limits are, because tools send it. Twice
 * its cost leaves room for tools that ask in other words.
 */
function introspectionLimits(weigh: ReturnType<typeof createScales>, limits: GraphqlLimits) {
  const everyOption = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };
  const standard = weigh(parse(getIntrospectionQuery(everyOption)), {}).introspection;
  return { depth: Math.max(limits.maxDepth, standard.depth), cost: standard.cost * 2 };
}
