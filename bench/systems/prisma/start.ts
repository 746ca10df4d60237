// The idiomatic way: graphql-yoga, Pothos with its Prisma and Relay plugins, and Prisma with joined relations, each as its
// own guide shows it. See bench/README.md for choices.
import '../shared/end-with-parent.ts';
import { createServer } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { createAssetUrls } from '../../gateway/pictures.ts';
import { createTokenCheck } from '../shared/bearer.ts';
import { readEnvironment } from '../shared/environment.ts';
import { createBuilder, type Context } from './builder.ts';
import { createScopes, loadGenerated } from './client.ts';
import { createSchema } from './schema.ts';

const { port, databaseUrl, poolSize, jwtSecret, signingSecret, publicUrl, prismaClient } = readEnvironment();

const generated = await loadGenerated(prismaClient);
const scopeOf = createScopes(generated, { connectionString: databaseUrl, max: poolSize });
const urls = createAssetUrls({ publicUrl, signingSecret });
const viewerOf = createTokenCheck(jwtSecret);

const yoga = createYoga<object, Context>({
  schema: createSchema(createBuilder(generated.getDatamodel)),
  graphiql: false,
  landingPage: false,
  context({ request }) {
    const viewer = viewerOf(request.headers.get('authorization') ?? undefined);
    if (viewer === null) throw new Error('Sign in.');
    return { viewer, prisma: scopeOf(viewer), urls };
  },
});

createServer((request, response) => void yoga(request, response)).listen(port, '127.0.0.1');
