import type { Databases } from '../database/database.js';
import { readOnlyModels } from '../database/read-models.js';
import { BadUserInput, Forbidden } from '../domain/errors.js';
import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, toConnection, toPage } from '../domain/page.js';
import { AccessSuspended } from '../domain/user-errors.js';
import type { Viewer } from '../domain/viewer.js';
import type { Profile } from '../generated/prisma/client.js';
import * as profiles from '../repositories/profiles.js';
import type { ValidationReport, ValidationService } from './data/validation.js';
import type { ProfileService } from './profiles.js';

declare const admitted: unique symbol;

/** Somebody who was an administrator when they were let in: only `admit` makes one. */
export interface Administrator extends Viewer {
  readonly [admitted]: true;
}

/** Issues that a check of a request lists; all are counted. */
export const maxListedIssues = 100;

/** Characters of a search for accounts. */
export const maxAccountSearch = 200;

export type AdministrationService = ReturnType<typeof createAdministrationService>;

/** What administrators see of other people's accounts. */
export function createAdministrationService({
  databases,
  admitAdministrator,
  validation,
  patienceMs,
}: {
  databases: Databases;
  admitAdministrator: ProfileService['admitAdministrator'];
  validation: Pick<ValidationService, 'report'>;
  /** As long as the checks of a request may take. */
  patienceMs: number;
}) {
  const everybody = () => databases.service({ kind: 'system' });

  return {
    /**
     * Lets administrators in, as the database has their role and status at this moment.
     *
     * @throws Forbidden for anyone else, and for an administrator whose account is suspended.
     */
    async admit(viewer: Viewer): Promise<Administrator> {
      try {
        await admitAdministrator(viewer);
      } catch (error) {
        throw error instanceof AccessSuspended ? new Forbidden(error.message) : error;
      }
      return viewer as Administrator;
    },

    /**
     * A page of all accounts, newest first. An empty search is none.
     *
     * @throws BadUserInput for page arguments out of bounds, and for a search that is too long.
     */
    async listProfiles(
      _by: Administrator,
      input: {
        search: string | null | undefined;
        page: ConnectionArguments;
        totalCount: boolean;
        otherSide: boolean;
        query: profiles.ProfileQuery;
      },
    ): Promise<Connection<Profile>> {
      const { page: asked, search: given, ...wanted } = input;
      const page = toPage(orders.profiles, asked);
      const search = given?.trim() || null;
      if (search !== null && search.length > maxAccountSearch) {
        throw new BadUserInput(`"search" may have at most ${maxAccountSearch} characters, and has ${search.length}.`);
      }
      if (search?.includes('\0')) throw new BadUserInput('"search" may not hold the character U+0000.');
      return toConnection(page, await profiles.listProfiles(readOnlyModels(everybody()), { search, page, ...wanted }));
    },

    /**
     * Runs the data checks, all of them or some, on everybody's rows or one account's. Changes nothing.
     *
     * @throws BadUserInput for a check that there is not, and where they take longer than a request may.
     */
    async validateData(
      _by: Administrator,
      { checks, profileId }: { readonly checks: readonly string[] | null | undefined; readonly profileId: string | null },
    ): Promise<ValidationReport> {
      const signal = AbortSignal.timeout(patienceMs);
      try {
        return await validation.report({ checks, ownerId: profileId, maxIssues: maxListedIssues, signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new BadUserInput(
          'The checks take longer here than a request may. Choose some by "checks" or one account by "profileId", or run all of ' +
            'them by "npm run maintenance -- validate".',
        );
      }
    },

    /** Whose account it is, to read it as they would; null where there is none. */
    async openAccount(_by: Administrator, profileId: string): Promise<Viewer | null> {
      const standing = await profiles.getStanding(everybody(), profileId);
      return standing && { id: profileId, email: null, name: null };
    },
  };
}
