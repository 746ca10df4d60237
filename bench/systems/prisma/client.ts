import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';

type Generated = typeof import('../../../src/generated/prisma/client.js');
type Pothos = typeof import('../../../src/generated/pothos.js');
export type PrismaTypes = import('../../../src/generated/pothos.js').default;
export type Client = InstanceType<Generated['PrismaClient']>;
export type Transaction = Parameters<Extract<Parameters<Client['$transaction']>[0], (tx: never) => unknown>>[0];

/** What generate.ts has written; its types are those of the gateway's client. */
export async function loadGenerated(directory: string): Promise<Pick<Generated, 'Prisma' | 'PrismaClient'> & Pick<Pothos, 'getDatamodel'>> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(directory, path)).href);
  const { Prisma, PrismaClient } = (await load('client/client.ts')) as Generated;
  const { getDatamodel } = (await load('pothos.ts')) as Pothos;
  return { Prisma, PrismaClient, getDatamodel };
}

/** Prisma in a person's scope. */
export interface Scoped {
  /** Each call in a transaction of its own. */
  readonly client: Client;
  /** Several calls in one transaction. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/**
 * The scope as Prisma's own example of row-level security has it (prisma-client-extensions/row-level-security): a client
 * extension that puts each operation into a transaction behind set_config.
 */
export function createScopes(
  { Prisma, PrismaClient }: Pick<Generated, 'Prisma' | 'PrismaClient'>,
  settings: { readonly connectionString: string; readonly max: number },
): (viewer: string) => Scoped {
  const base = new PrismaClient({
    adapter: new PrismaPg({
      ...settings,
      idleTimeoutMillis: 30_000,
      application_name: 'bench prisma',
      // The adapter reads times without their zone.
      options: '-c TimeZone=UTC',
    }),
    // The default waits two seconds for a connection, which a loaded pool exceeds.
    transactionOptions: { maxWait: 60_000, timeout: 60_000 },
  });
  return (viewer) => ({
    client: base.$extends(
      Prisma.defineExtension((client) =>
        client.$extends({
          query: {
            $allModels: {
              async $allOperations({ args, query }) {
                const [, result] = await base.$transaction([
                  base.$executeRaw`select set_config('app.user_id', ${viewer}, true)`,
                  query(args) as never,
                ]);
                return result;
              },
            },
          },
        }),
      ),
    ) as unknown as Client,
    transaction: (work) =>
      base.$transaction(async (tx) => {
        await tx.$executeRaw`select set_config('app.user_id', ${viewer}, true)`;
        return work(tx);
      }),
  });
}
