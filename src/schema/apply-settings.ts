import type { ApplySettings as Settings } from '../services/community/apply-settings.js';
import { builder } from './builder.js';
import { AspectRatio, Mode, Quality } from './enums.js';

/** The name that an enum's value has in GraphQL, so that a link's parameters can be sent as they stand. */
function nameOf(values: Readonly<Record<string, string>>, value: string): string {
  const name = Object.entries(values).find(([, candidate]) => candidate === value)?.[0];
  if (name === undefined) throw new Error(`No enum value stands for "${value}".`);
  return name;
}

const modes = { REDESIGN: 'redesign', STAGING: 'staging', COMPOSE: 'compose', IMAGINE: 'imagine' };
const aspectRatios = { RATIO_1_1: '1:1', RATIO_3_2: '3:2', RATIO_2_3: '2:3' };

/** The settings as a web link's query, in the words of SubmitGenerationInput; what is absent is left out. */
function queryStringOf({ mode, roomType, style, prompt, aspectRatio, quality, variants }: Settings): string {
  const parameters = {
    mode: nameOf(modes, mode),
    roomType,
    style,
    prompt,
    aspectRatio: nameOf(aspectRatios, aspectRatio),
    quality: quality.toUpperCase(),
    variants: String(variants),
  };
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return new URLSearchParams(present).toString();
}

export const ApplySettings = builder.objectRef<Settings>('ApplySettings').implement({
  description:
    'What to submit for a render like this one, checked against today\'s presets: what no longer fits is replaced, and named in `adjustments`. The fields before `adjustments` are fields of SubmitGenerationInput, and may be sent as they are.',
  fields: (t) => ({
    mode: t.expose('mode', { type: Mode, description: 'What to ask of the picture.' }),
    roomType: t.exposeString('roomType', { nullable: true, description: 'A preset\'s id.' }),
    style: t.exposeString('style', { nullable: true, description: 'A preset\'s id.' }),
    prompt: t.exposeString('prompt', { nullable: true, description: 'The words to ask with.' }),
    aspectRatio: t.expose('aspectRatio', { type: AspectRatio, description: 'Width to height.' }),
    quality: t.expose('quality', { type: Quality, description: 'How much work to put into it.' }),
    variants: t.exposeInt('variants', { description: '1 to 3.' }),
    adjustments: t.stringList({
      description: 'What was replaced because it is no longer offered, in words.',
      resolve: ({ adjustments }) => adjustments,
    }),
    queryString: t.string({
      description: 'The same settings as the query of a web link, in the words of SubmitGenerationInput.',
      resolve: queryStringOf,
    }),
  }),
});

export const ApplySettingsInput = builder.inputType('ApplySettingsInput', {
  description:
    'The settings of a look. Only what is given is kept; what is left out, or null, is the default of whenever it is read.',
  fields: (t) => ({
    mode: t.field({ type: Mode, description: 'What to ask of the picture.' }),
    roomType: t.string({ description: 'A preset\'s id, as `presets.roomTypes` has them.' }),
    style: t.string({ description: 'A preset\'s id, as `presets.styles` has them.' }),
    prompt: t.string({
      description:
        'The words to ask with: at most `presets.limits.maxPromptLength` characters; white space around them is taken off. IMAGINE needs some.',
    }),
    aspectRatio: t.field({ type: AspectRatio, description: 'Width to height.' }),
    quality: t.field({ type: Quality, description: 'How much work to put into it.' }),
    variants: t.int({ description: '1 to `presets.limits.maxVariants`.' }),
  }),
});
