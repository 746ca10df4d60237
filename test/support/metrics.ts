/** The samples of a gateway's /metrics, by their name with its labels. */
export async function readMetrics(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text
    .split('\n')
    .map((line) => /^(\S+(?:\{.*\})?) (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', value = '']): [string, number] => [name, Number(value)]);
  return new Map(samples);
}

/** How often the cache was read, by what came of it. */
export function cacheReads(metrics: ReadonlyMap<string, number>, name: string): Record<'hit' | 'miss' | 'bypass', number> {
  const reads = (outcome: string) => metrics.get(`roomfeed_cache_reads_total{name="${name}",outcome="${outcome}"}`) ?? 0;
  return { hit: reads('hit'), miss: reads('miss'), bypass: reads('bypass') };
}
