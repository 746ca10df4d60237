import { planAlbums, type DemoAlbums } from './demo-albums.js';
import { planJobs, type DemoJobs, type PlannedRender } from './demo-jobs.js';
import { planPeople, type DemoPeople } from './demo-people.js';
import { createDemoSetting, type DemoSettingOptions } from './demo-setting.js';

/** All of the demo data but what only the stored pictures know: their sizes and placeholders. */
export interface DemoPlan extends DemoPeople, DemoAlbums, Omit<DemoJobs, 'renders'> {
  readonly ownerIds: readonly string[];
  readonly renders: readonly PlannedRender[];
}

/**
 * Plans the demo data around `now`: nothing in it is later. Ids and pictures do not depend on `now`, so that a second
 * attempt overwrites what a first, interrupted one has stored.
 */
export function planDemo(options: DemoSettingOptions): DemoPlan {
  const setting = createDemoSetting(options);
  const { renders, ...jobs } = planJobs(setting);
  return {
    ...planPeople(setting),
    ...jobs,
    ...planAlbums(setting, renders),
    renders: [...renders.values()],
    ownerIds: Object.values(setting.people),
  };
}
