import { z } from 'zod';

/** What we read of a prediction that Replicate describes. It describes more, and may come to describe it otherwise. */
const answer = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/),
  status: z.string(),
  output: z.unknown(),
  error: z.unknown(),
  logs: z.unknown(),
});

export type PredictionAnswer = z.infer<typeof answer>;

/** Null where it is something else. */
export function parseAnswer(value: unknown): PredictionAnswer | null {
  const parsed = answer.safeParse(value);
  return parsed.success ? parsed.data : null;
}

const maxLogCharacters = 4_096;

/** How far it has come by the last progress bar in its logs (`76%|███   | 38/50`), from 0 to 1; null where there is none. */
export function progressOf({ logs }: Pick<PredictionAnswer, 'logs'>): number | null {
  if (typeof logs !== 'string') return null;
  // What is only near a percent sign may be anything, a person's own words too.
  const bars = [...logs.slice(-maxLogCharacters).matchAll(/(?<!\d)(\d{1,3})%\|/g)];
  const percent = Number(bars.at(-1)?.[1] ?? Number.NaN);
  return percent >= 0 ? Math.min(1, percent / 100) : null;
}

/** Models say in words of their own that a filter stopped them; E005 is Replicate's own code for it. */
const refusal = /\b(E005|nsfw|safety|sensitive|moderation|moderated|flagged|content policy|policy violation|not allowed)\b/i;

/** Whether it failed because of what was asked for, and would fail again. */
export function isRefusal({ error }: Pick<PredictionAnswer, 'error'>): boolean {
  return typeof error === 'string' && refusal.test(error.slice(0, 2_000));
}

/** The addresses of what it made. Models answer with one, or with a list. */
export function outputsOf({ output }: Pick<PredictionAnswer, 'output'>): string[] {
  const list: readonly unknown[] = Array.isArray(output) ? output : [output];
  return list.filter((item) => typeof item === 'string');
}
