/** What all systems are given alike. Nothing here is a secret: the server listens on the loopback interface, for a run. */

/** Where pictures are said to be; nobody calls it. */
export const publicUrl = 'https://api.roomfeed.test';
export const signingSecret = 'a-secret-for-measurements-that-protects-nothing';
export const jwtSecret = 'another-secret-for-measurements-that-protects-nothing';

/**
 * Connections of each system to the database. Ten is the gateway's default, pg's, and what PostGraphile's manual shows;
 * with two cores, a larger pool only makes more server processes wait for them.
 */
export const poolSize = 10;
