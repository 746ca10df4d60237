import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { packagePath } from './migrate/files.js';
import { withSchemaEngine } from './migrate/schema-engine.js';

/**
 * What would have to change in the database for it to be what schema.prisma says: a script in SQL, empty where the two
 * agree. Compares tables, columns, types, defaults, keys and indexes; CHECK constraints, triggers, policies and grants
 * are outside Prisma's model and have tests of their own. Reads only.
 *
 * @param ownerUrl a migrated database, as the role that owns its tables.
 */
export async function schemaDrift(
  ownerUrl: string,
  schemaPath: string = packagePath('prisma/schema.prisma'),
): Promise<string> {
  const files = [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }];
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'roomfeed-schema-drift' });
  await client.connect();
  try {
    return await withSchemaEngine(client, async ({ engine }) => {
      const { exitCode, stdout } = await engine.diff({
        from: { tag: 'schemaDatasource', files, configDir: '' },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: true,
        filters: { externalTables: [], externalEnums: [] },
      });
      // With `exitCode`, 2 is the engine's word for a difference.
      return exitCode === 0 ? '' : (stdout ?? 'The database and schema.prisma differ.');
    });
  } finally {
    await client.end();
  }
}
