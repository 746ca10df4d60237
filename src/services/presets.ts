import { listPlans, planOfPriceId } from '../config/plans.js';
import type { Mode, PlanConfiguration, PresetConfiguration, RuntimeConfiguration } from '../config/runtime.js';
import { BadUserInput } from '../domain/errors.js';
import type { TextSearch } from '../domain/renders.js';
import { type ApplySettings, extractApplySettings } from './community/apply-settings.js';

/** Longest search text; a longer one is an error. */
export const maxSearchLength = 200;

/** Conditions on presets, as renders and community looks share them. */
export interface PresetFilterInput {
  readonly modes?: readonly Mode[] | null | undefined;
  readonly roomTypes?: readonly string[] | null | undefined;
  readonly styles?: readonly string[] | null | undefined;
  readonly search?: string | null | undefined;
}

export interface PresetFilter {
  readonly modes?: readonly Mode[];
  readonly roomTypes?: readonly string[];
  readonly styles?: readonly string[];
  readonly search?: TextSearch;
}

export type PresetService = ReturnType<typeof createPresetService>;

/** What people choose from: modes, room types, styles, defaults, limits and plans, as configured. */
export function createPresetService({ runtime }: { runtime: RuntimeConfiguration }) {
  const isRoomType = new Set(runtime.roomTypes.map(({ id }) => id));
  const isStyle = new Set(runtime.styles.map(({ id }) => id));

  return {
    presets: (): RuntimeConfiguration => runtime,

    plans: (): readonly PlanConfiguration[] => listPlans(runtime),

    /** A look's stored settings against today's presets; see apply-settings.ts. */
    extractApplySettings: (stored: unknown): ApplySettings | null => extractApplySettings(runtime, stored),

    /** The plan that a profile's price stands for; `free` without access. */
    planOfProfile: ({ priceId, hasAccess }: { priceId: string | null; hasAccess: boolean }): PlanConfiguration =>
      planOfPriceId(runtime, hasAccess ? priceId : null).plan,

    /**
     * Checks a filter's presets and search. An empty list or an empty search is no condition.
     *
     * @throws BadUserInput for an unknown preset, naming the known ones, and for a search that is too long.
     */
    checkFilter({ modes, roomTypes, styles, search }: PresetFilterInput): PresetFilter {
      const unknown = (kind: string, ids: readonly string[], known: ReadonlySet<string>) => {
        const stranger = ids.find((id) => !known.has(id));
        if (stranger !== undefined) {
          throw new BadUserInput(
            `"${stranger.slice(0, 50)}" is no ${kind}. Known are: ${[...known].join(', ')}; the query "presets" lists them.`,
          );
        }
      };
      unknown('room type', roomTypes ?? [], isRoomType);
      unknown('style', styles ?? [], isStyle);
      const text = search?.trim() ?? '';
      if (text.length > maxSearchLength) {
        throw new BadUserInput(`"search" may have at most ${maxSearchLength} characters, and has ${text.length}.`);
      }
      if (text.includes('\0')) throw new BadUserInput('"search" may not hold the character U+0000.');
      return {
        ...(modes?.length ? { modes } : {}),
        ...(roomTypes?.length ? { roomTypes } : {}),
        ...(styles?.length ? { styles } : {}),
        ...(text === ''
          ? {}
          : { search: { text, roomTypes: labelled(runtime.roomTypes, text), styles: labelled(runtime.styles, text) } }),
      };
    },
  };
}

/** Ids of the presets whose labels hold the text, whatever the case. */
function labelled(presets: readonly PresetConfiguration[], text: string): readonly string[] {
  const wanted = text.toLowerCase();
  return presets.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ id }) => id);
}
