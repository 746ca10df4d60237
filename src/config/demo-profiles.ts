/** The people of the demo data, with fixed ids, so that a token can be signed before they exist. */
export const demoProfiles: readonly {
  readonly email: string;
  readonly id: string;
  readonly name: string;
  readonly role: 'user' | 'admin';
}[] = [
  { email: 'demo@roomfeed.test', id: '0197a000-0000-7000-8000-000000000001', name: 'Demo', role: 'user' },
  { email: 'other@roomfeed.test', id: '0197a000-0000-7000-8000-000000000002', name: 'Other', role: 'user' },
  { email: 'admin@roomfeed.test', id: '0197a000-0000-7000-8000-000000000003', name: 'Admin', role: 'admin' },
];
