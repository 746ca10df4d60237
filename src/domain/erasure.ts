/** The channel on which each process is told that an account was deleted; the payload is its id. */
export const erasuresChannel = 'roomfeed_erasures';
