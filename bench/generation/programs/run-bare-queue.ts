import { Logger, run, type TaskList } from 'graphile-worker';
import { readEnvironment } from '../../systems/shared/environment.ts';

/** graphile-worker as its manual has it, with nothing of the gateway's; as many tasks at a time as `WORKER_CONCURRENCY` says. */
export async function runBareQueue(taskList: TaskList): Promise<void> {
  const concurrency = Number(process.env['WORKER_CONCURRENCY']);
  const runner = await run({
    connectionString: readEnvironment().serviceUrl,
    concurrency,
    // Its default, unless that is less than it wants.
    maxPoolSize: Math.max(10, concurrency + 1),
    pollInterval: 1_000,
    noHandleSignals: true,
    crontab: '',
    logger: new Logger(() => () => undefined),
    taskList,
  });
  runner.promise.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
}
