import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The programs that a store is made of, and Debian's packages that have them. */
const programs = ['/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw', '/usr/bin/setpriv'];
export const cephPackages = 'ceph-mon ceph-osd radosgw';
export const hasCeph = programs.every((path) => existsSync(path));

export interface Ceph {
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Ends all of it; nothing is kept. */
  stop(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Ceph's RADOS Gateway over one monitor and one disk that is the memory, on 127.0.0.1, ready in some seconds. Of the
 * servers that a package system has it checks the most: signatures in headers, URLs and forms, times, and who may read.
 */
export async function startCeph(): Promise<Ceph> {
  const folder = await mkdtemp(join(tmpdir(), 'roomfeed-s3-'));
  const keys = { accessKey: 'roomfeed-tests', secretKey: 'a-secret-of-the-tests+/=' };
  const monitor = `[v2:127.0.0.1:${await freePort()}/0]`;
  const port = await freePort();
  const configuration = join(folder, 'ceph.conf');
  const running: ChildProcess[] = [];

  /** Dies with the tests, even where they are killed. */
  function launch(program: string, ...args: readonly string[]): void {
    const log = openSync(join(folder, 'log'), 'a');
    const all = ['--pdeathsig', 'KILL', program, '-c', configuration, '-f', ...args];
    running.push(spawn('/usr/bin/setpriv', all, { stdio: ['ignore', log, log] }));
  }
  async function administer(program: string, ...args: readonly string[]): Promise<void> {
    await run(program, ['-c', configuration, ...args], { timeout: 60_000 });
  }
  async function stop(): Promise<void> {
    for (const child of [...running].reverse()) {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      // There is nothing to be written down, and an orderly end takes seconds.
      child.kill('SIGKILL');
      await exited;
    }
    await rm(folder, { recursive: true, force: true });
  }

  try {
    const fsid = randomUUID();
    for (const part of ['mon', 'osd', 'rgw', 'run']) await mkdir(join(folder, part));
    await writeFile(configuration, configure({ folder, fsid, monitor, port }));

    const map = join(folder, 'monmap');
    await run('monmaptool', [
      '--create', '--clobber', '--fsid', fsid, '--enable-all-features', '--set-min-mon-release', 'pacific',
      '--addv', 'a', monitor.replace('/0]', ']'), map,
    ]);
    await administer('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
    launch('ceph-mon', '-i', 'a');

    const disk = randomUUID();
    await administer('ceph', '--connect-timeout', '30', 'osd', 'new', disk);
    await administer('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
    launch('ceph-osd', '-i', '0');

    await administer(
      'radosgw-admin', '-n', 'client.rgw', 'user', 'create', '--uid=tests', '--display-name=tests',
      `--access-key=${keys.accessKey}`, `--secret-key=${keys.secretKey}`,
    );
    launch('radosgw', '-n', 'client.rgw');
    await answering(port, running);
    return { ...keys, port, stop };
  } catch (error) {
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`Ceph did not start: ${String(error)}\n${log.slice(-2_000)}`, { cause: error });
  }
}

/** It answers anybody who asks what there is with an empty list. */
async function answering(port: number, running: readonly ChildProcess[]): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (running.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)) break;
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
    await response?.text();
    if (response?.ok) return;
    await delay(50);
  }
  throw new Error('One of its parts ended, or does not answer.');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/** One copy of everything, no manager, and no keys between the parts, which only this machine reaches. */
function configure({ folder, fsid, monitor, port }: { folder: string; fsid: string; monitor: string; port: number }): string {
  return `
[global]
fsid = ${fsid}
mon_host = ${monitor}
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# The gateway would ask for an encrypted connection, which there is none of without keys.
ms_mon_client_mode = crc
run_dir = ${folder}/run
admin_socket = ${folder}/run/$cluster-$name.asok
crash_dir = ${folder}/run
log_file = /dev/null
log_to_stderr = false
err_to_stderr = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
ms_async_op_threads = 2

[mon]
mon_data = ${folder}/mon
mon_cluster_log_file = /dev/null
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
# The machine's disk may be fuller than a store would like; nothing is written to it.
mon_data_avail_crit = 1
mon_data_avail_warn = 2

[osd]
osd_data = ${folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
osd_class_update_on_start = false

[client.rgw]
rgw_data = ${folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw_thread_pool_size = 32
rgw_override_bucket_index_max_shards = 1
rgw_dynamic_resharding = false
rgw_enable_lc_threads = false
rgw_enable_quota_threads = false
rgw_enable_usage_log = false
rgw_rados_pool_pg_num_min = 4
`;
}
