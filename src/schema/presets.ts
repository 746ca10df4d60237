import type { PresetConfiguration, RuntimeConfiguration } from '../config/runtime.js';
import { builder } from './builder.js';
import { AspectRatio, Mode, Quality } from './enums.js';

const Preset = builder.objectRef<PresetConfiguration>('Preset').implement({
  fields: (t) => ({
    id: t.exposeString('id', { description: 'What inputs and filters take.' }),
    label: t.exposeString('label', { description: 'For people.' }),
  }),
});

const GenerationDefaults = builder.objectRef<RuntimeConfiguration['defaults']>('GenerationDefaults').implement({
  description: 'What a submission gets where it says nothing.',
  fields: (t) => ({
    mode: t.expose('mode', { type: Mode }),
    aspectRatio: t.expose('aspectRatio', { type: AspectRatio }),
    quality: t.expose('quality', { type: Quality }),
    variants: t.exposeInt('variants'),
  }),
});

const GenerationLimits = builder.objectRef<RuntimeConfiguration['limits']>('GenerationLimits').implement({
  fields: (t) => ({
    maxVariants: t.exposeInt('maxVariants', { description: 'Pictures of one generation.' }),
    maxUploadBytes: t.expose('maxUploadBytes', { type: 'SafeInt', description: 'Bytes of one photo.' }),
    acceptedContentTypes: t.stringList({ resolve: ({ acceptedContentTypes }) => acceptedContentTypes }),
    maxPromptLength: t.exposeInt('maxPromptLength', { description: 'Characters.' }),
    maxCollections: t.exposeInt('maxCollections', { description: 'Collections of one account, favorites included.' }),
  }),
});

const Presets = builder.objectRef<RuntimeConfiguration>('Presets').implement({
  description: 'What people choose from.',
  fields: (t) => ({
    modes: t.field({ type: [Mode], resolve: ({ modes }) => modes }),
    roomTypes: t.field({ type: [Preset], resolve: ({ roomTypes }) => roomTypes }),
    styles: t.field({ type: [Preset], resolve: ({ styles }) => styles }),
    aspectRatios: t.field({ type: [AspectRatio], resolve: ({ aspectRatios }) => aspectRatios }),
    qualities: t.field({ type: [Quality], resolve: ({ qualities }) => qualities }),
    defaults: t.field({ type: GenerationDefaults, resolve: ({ defaults }) => defaults }),
    limits: t.field({ type: GenerationLimits, resolve: ({ limits }) => limits }),
  }),
});

builder.queryField('presets', (t) =>
  t.field({
    type: Presets,
    description: 'Modes, room types, styles, defaults and limits. Open to everyone.',
    resolve: (_root, _args, { services }) => services.presets.presets(),
  }),
);
