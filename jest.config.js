/** ts-jest in ESM mode; scripts/test.mjs gives Node the option that it needs. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.json' }] },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testTimeout: 60_000,
  // Much of the time is the database's, and the disk's: a core for each is better used than one kept free.
  maxWorkers: '100%',
  // What modules leave behind in a worker is not collected; one that holds much is slow, and is replaced.
  workerIdleMemoryLimit: '1GB',
};
