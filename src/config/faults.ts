/** One thing that is wrong with the configuration. Holds no value of a secret. */
export interface ConfigurationFault {
  /** The environment variable. */
  readonly name: string;
  /** What is wrong and what to do, in one line. */
  readonly problem: string;
}

/** Every fault of the configuration at once, so that a person mends them in one go. */
export class ConfigurationError extends Error {
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[]) {
    const count = faults.length === 1 ? 'one setting is wrong' : `${faults.length} settings are wrong`;
    super([`${count}:`, ...faults.map(({ name, problem }) => `  ${name}: ${problem}`)].join('\n'));
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}
