import type { Request } from './operations/operation.ts';
import type { System } from './systems.ts';

/** One request to a system, and its parsed answer with its size. For comparing and counting; load has a way of its own. */
export async function ask(system: System, token: string, { path, body }: Request): Promise<{ body: unknown; bytes: number }> {
  const response = await fetch(`${system.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${system.name} answered ${response.status} to ${path}: ${text.slice(0, 500)}\n${system.complaints()}`);
  }
  return { body: JSON.parse(text) as unknown, bytes: Buffer.byteLength(text) };
}
