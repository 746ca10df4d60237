import { defineConfig } from 'prisma/config';

/** For `prisma migrate deploy` and `prisma generate`; the gateway itself migrates in-process (src/database/migrate.ts). */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_OWNER_URL'] ?? '' },
});
