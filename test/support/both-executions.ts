import { defaultFieldResolver, type GraphQLResolveInfo, type GraphQLSchema, isObjectType } from 'graphql';
import { pino } from 'pino';
import { createSchema } from '../../src/schema/schema.js';
import { presentResult } from '../../src/server/graphql/answer.js';
import { createEngine, type Engine, isStream, type Outcome, type Work } from '../../src/server/graphql/engine.js';

/**
 * Every operation that a test sends is executed four times: once for real, with what each resolver gave written down, and
 * then the plain way, by a walk over its plan, and by the code that is made of its plan, with resolvers that give the same
 * again. So they can be compared to the byte, mutations and errors included, without a second statement; and all see
 * everything settled, so that the order in which errors are met is the executions' own and not the database's.
 */
export interface Comparison {
  wrapEngine(engine: Engine): Engine;
  /** Operations that were executed in all ways. */
  compared(): number;
  /** Throws where two answers differed. */
  expectSame(): void;
}

type Given = { readonly value: unknown } | { readonly thrown: unknown };

interface Notes {
  readonly replays: boolean;
  readonly given: Map<string, Given>;
}

const notes = Symbol('what resolvers gave');

export function compareExecutions(): Comparison {
  const schema = withNotes(createSchema());
  const walked = createEngine({ schema, compiled: true, specializedAfter: null });
  const specialized = createEngine({ schema, compiled: true, specializedAfter: 1 });
  const plain = createEngine({ schema, compiled: false });
  const differences: string[] = [];
  let count = 0;

  async function compare(work: Work, given: Notes['given']): Promise<void> {
    const again = (): Work => ({ ...work, contextValue: { ...work.contextValue, [notes]: { replays: true, given } } });
    const byPlain = bytes(await plain.execute(again()));
    count += 1;
    for (const [way, engine] of Object.entries({ walked, specialized })) {
      const answer = bytes(await engine.execute(again()));
      if (answer === byPlain) continue;
      differences.push(`${work.operation.loc?.source.body ?? ''}\n${way}: ${answer}\nplain: ${byPlain}`);
      return;
    }
  }

  return {
    wrapEngine: (engine) => ({
      ...engine,
      async execute(work) {
        const given: Notes['given'] = new Map();
        // A context is one request's own, and its methods want it itself.
        Object.assign(work.contextValue, { [notes]: { replays: false, given } satisfies Notes });
        const outcome = await engine.execute(work);
        await compare(work, given);
        return outcome;
      },
    }),
    compared: () => count,
    expectSame() {
      if (differences.length > 0) {
        throw new Error(`${differences.length} of ${count} operations were answered differently:\n${differences.join('\n\n')}`);
      }
    },
  };
}

/** As it would be sent; only what a log line says beside is left out. */
function bytes(outcome: Outcome): string {
  if (isStream(outcome)) throw new Error('A query or mutation gave a stream.');
  const scope = { requestId: 'a request', log: pino({ level: 'silent' }), production: false };
  return JSON.stringify(presentResult(outcome, () => scope));
}

const noting = new WeakSet<GraphQLSchema>();

/** Resolvers that write down what they give where a context has notes, and repeat it where the notes say so. */
function withNotes(schema: GraphQLSchema): GraphQLSchema {
  if (noting.has(schema)) return schema;
  noting.add(schema);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (!resolve || resolve === defaultFieldResolver) continue;
      field.resolve = (source: unknown, args: Record<string, unknown>, context: { [notes]?: Notes }, info) => {
        const written = context[notes];
        if (!written) return resolve(source, args, context, info);
        const place = placeOf(info);
        return written.replays ? repeat(written.given, place) : note(written.given, place, () => resolve(source, args, context, info));
      };
    }
  }
  return schema;
}

function placeOf({ path }: GraphQLResolveInfo): string {
  let place = '';
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev) place = `/${at.key}${place}`;
  return place;
}

function note(given: Notes['given'], place: string, resolve: () => unknown): unknown {
  try {
    const value = resolve();
    given.set(place, { value });
    return value;
  } catch (thrown) {
    given.set(place, { thrown });
    throw thrown;
  }
}

function repeat(given: Notes['given'], place: string): unknown {
  const known = given.get(place);
  if (!known) throw new Error(`Nothing was given at ${place}.`);
  if ('thrown' in known) throw known.thrown;
  return known.value;
}
