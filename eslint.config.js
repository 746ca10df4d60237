import { existsSync } from 'node:fs';
import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Who may read the process's environment: the configuration, the tests' support, and what runs before either. */
const readsEnvironment = ['src/config/**', 'test/**', 'scripts/**', 'bench/**', 'prisma.config.ts'];

/** The bench has packages of its own, which its first run installs; without their types nothing in it can be judged. */
const bench = existsSync(new URL('bench/node_modules', import.meta.url)) ? [] : ['bench/**/*.ts'];

/** What each file is held to that does not read the environment. */
const environmentOnce = [
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message:
      'The environment is read once, in src/config. Add the variable there, and take its value as an argument.',
  },
  {
    selector: "ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name='env']",
    message:
      'The environment is read once, in src/config. Add the variable there, and take its value as an argument.',
  },
];

export default defineConfig([
  globalIgnores([
    'dist/', 'coverage/', 'src/generated/', 'test/support/generated/', '.roomfeed/', 'bench/node_modules/', 'bench/.data/',
    ...bench,
  ]),
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        // `typeof import('…')` is how the type of a package is named that may be absent.
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        // A field that is taken out of a row by naming it, so that the rest goes on without it.
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // What was caught may be thrown on, whatever it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // A function may promise by its interface what it happens to know at once.
      '@typescript-eslint/require-await': 'off',
      // Parts are objects of closures (`create…`), whose functions know no `this` and may be handed on alone.
      '@typescript-eslint/unbound-method': 'off',
      // GraphQL's kinds are compared by their words, which its own types allow.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-properties': [
        'error',
        {
          object: 'URL',
          property: 'canParse',
          message: 'On Node 20 it is wrong about Latin-1 letters once it is compiled. Use parseUrl of src/config/parse-url.ts.',
        },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.ts', '**/*.js'],
    ignores: readsEnvironment,
    rules: { 'no-restricted-syntax': ['error', ...environmentOnce] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: readsEnvironment,
    rules: {
      'no-restricted-syntax': [
        'error',
        ...environmentOnce,
        {
          selector: 'ObjectExpression > Property[kind="get"]',
          message:
            'V8 makes a hidden class of its own for each object with a getter in it, which keeps what the getter sees until the next full collection. Write a class.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Jest's matchers (expect.any) and parsed answers have no type; a wrong one fails the test.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      // A test may show that the compiler refuses something.
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', module: 'writable', URL: 'readonly' } },
  },
]);
