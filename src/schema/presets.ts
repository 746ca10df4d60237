import type { PresetConfiguration, RuntimeConfiguration } from '../config/runtime.js';
import { builder } from './builder.js';
import { AspectRatio, Mode, Quality } from './enums.js';
import { sendsNothing } from './statements.js';

const Preset = builder.objectRef<PresetConfiguration>('Preset').implement({
  description: 'A room type or style that can be chosen.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What inputs and filters take.' }),
    label: t.exposeString('label', { description: 'For people.' }),
  }),
});

const GenerationDefaults = builder.objectRef<RuntimeConfiguration['defaults']>('GenerationDefaults').implement({
  description: 'What a submission gets where it says nothing.',
  fields: (t) => ({
    mode: t.expose('mode', { type: Mode, description: 'What is asked of the picture.' }),
    aspectRatio: t.expose('aspectRatio', { type: AspectRatio, description: 'Width to height.' }),
    quality: t.expose('quality', { type: Quality, description: 'How much work goes into it.' }),
    variants: t.exposeInt('variants', { description: 'How many pictures.' }),
  }),
});

const GenerationLimits = builder.objectRef<RuntimeConfiguration['limits']>('GenerationLimits').implement({
  description: 'What a submission, an upload and an account may have at most.',
  fields: (t) => ({
    maxVariants: t.exposeInt('maxVariants', { description: 'Pictures of one generation.' }),
    maxUploadBytes: t.expose('maxUploadBytes', { type: 'SafeInt', description: 'Bytes of one photo.' }),
    acceptedContentTypes: t.stringList({
      description: 'Content types of photos.',
      resolve: ({ acceptedContentTypes }) => acceptedContentTypes,
    }),
    maxPromptLength: t.exposeInt('maxPromptLength', { description: 'Characters.' }),
    maxCollections: t.exposeInt('maxCollections', { description: 'Collections of one account, favorites included.' }),
  }),
});

const Presets = builder.objectRef<RuntimeConfiguration>('Presets').implement({
  description: 'What people choose from.',
  fields: (t) => ({
    modes: t.field({ type: [Mode], description: 'What can be asked of a picture.', resolve: ({ modes }) => modes }),
    roomTypes: t.field({ type: [Preset], description: 'Rooms.', resolve: ({ roomTypes }) => roomTypes }),
    styles: t.field({ type: [Preset], description: 'Styles of rooms.', resolve: ({ styles }) => styles }),
    aspectRatios: t.field({ type: [AspectRatio], description: 'Shapes of pictures.', resolve: ({ aspectRatios }) => aspectRatios }),
    qualities: t.field({ type: [Quality], description: 'Qualities of pictures.', resolve: ({ qualities }) => qualities }),
    defaults: t.field({
      type: GenerationDefaults,
      description: 'What holds where a submission says nothing.',
      resolve: ({ defaults }) => defaults,
    }),
    limits: t.field({ type: GenerationLimits, description: 'What may be had at most.', resolve: ({ limits }) => limits }),
  }),
});

builder.queryField('presets', (t) =>
  t.field({
    type: Presets,
    ...sendsNothing,
    description: 'Modes, room types, styles, defaults and limits. Open to everyone.',
    resolve: (_root, _args, { services }) => services.presets.presets(),
  }),
);
