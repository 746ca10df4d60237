/** What run.ts gives every system by its environment. */
export interface SystemEnvironment {
  readonly port: number;
  readonly databaseUrl: string;
  /** Of the service's role. */
  readonly serviceUrl: string;
  readonly poolSize: number;
  readonly jwtSecret: string;
  readonly signingSecret: string;
  readonly publicUrl: string;
  /** The directory of the generated client. */
  readonly prismaClient: string;
}

export function readEnvironment(): SystemEnvironment {
  return {
    port: Number(read('PORT')),
    databaseUrl: read('DATABASE_URL'),
    serviceUrl: read('DATABASE_SERVICE_URL'),
    poolSize: Number(read('DATABASE_POOL_MAX')),
    jwtSecret: read('JWT_SECRET'),
    signingSecret: read('ASSET_SIGNING_SECRET'),
    publicUrl: read('PUBLIC_URL'),
    prismaClient: read('PRISMA_CLIENT'),
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing.`);
  return value;
}
