import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExampleDocument } from './graphiql-examples.js';

export interface GraphiQLSettings {
  /** One tab each. */
  readonly documents: readonly ExampleDocument[];
  /** For development: a bearer token that stands in every tab's headers, so that the examples run at once. */
  readonly token?: string | undefined;
}

export interface GraphiQL {
  send(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Page {
  readonly html: Buffer;
  readonly zipped: Buffer;
  readonly headers: OutgoingHttpHeaders;
  readonly etag: string;
}

const compress = promisify(gzip);

/**
 * GraphiQL in one page, with nothing loaded from anywhere: scripts, styles, fonts, workers and icon are in it. Built when
 * it is first asked for (9 MB), so that a gateway nobody opens it on never loads it.
 */
export function createGraphiQL(settings: GraphiQLSettings): GraphiQL {
  let page: Promise<Page> | undefined;
  return {
    async send(request, response) {
      page ??= buildPage(settings);
      const { html, zipped, headers, etag } = await page;
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, headers);
        response.end();
        return;
      }
      const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      const body = takesGzip ? zipped : html;
      response.writeHead(200, {
        ...headers,
        ...(takesGzip && { 'content-encoding': 'gzip' }),
        'content-length': body.length,
      });
      response.end(body);
    },
  };
}

async function buildPage(settings: GraphiQLSettings): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const headers =
    settings.token === undefined ? undefined : JSON.stringify({ Authorization: `Bearer ${settings.token}` }, null, 2);
  const options = {
    title: 'Roomfeed',
    defaultTabs: settings.documents.map((document) => ({
      query: document.query,
      variables: variablesOf(document),
      headers: headers ?? null,
    })),
    ...(headers !== undefined && { defaultHeaders: headers, headers }),
    // A person's own token stays out of the browser's storage; the demo token may be there, and is renewed below.
    shouldPersistHeaders: headers !== undefined,
    defaultEditorToolsVisibility: 'variables' as const,
  };
  // The renderer writes the options as plain JSON, in which a "</script>" would end its script.
  const rendered = renderGraphiQL(options).replace(JSON.stringify(options), () => inScript(options));
  // Before GraphiQL's own script, which reads what the browser has kept.
  const prelude = `<script>${prepareStorage(settings.documents[0], headers)}</script>`;
  const html = rendered.replace('<div id="root"></div>', () => `<div id="root"></div>${prelude}`);
  const etag = `"${createHash('sha256').update(html).digest('base64url')}"`;
  return {
    html: Buffer.from(html),
    zipped: await compress(html),
    etag,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'private, no-cache',
      etag,
      vary: 'Accept, Accept-Encoding',
      'content-security-policy': contentSecurityPolicy(html),
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    },
  };
}

/**
 * The very scripts of the page may run and no other, and nothing may be fetched from elsewhere. The editor writes its
 * styles as it goes, and its workers are made from texts in the page (`blob:`).
 */
function contentSecurityPolicy(html: string): string {
  const hashes = scriptsOf(html).map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** The texts of the page's script elements, as a browser finds them. */
function scriptsOf(html: string): string[] {
  const scripts: string[] = [];
  const [open, close] = ['<script>', '</script>'];
  for (let from = html.indexOf(open); from >= 0;) {
    const end = html.indexOf(close, from);
    scripts.push(html.slice(from + open.length, end));
    from = html.indexOf(open, end);
  }
  return scripts;
}

/**
 * GraphiQL keeps its tabs in the browser, headers included. Before it starts, three things must be set right there:
 *
 * - on the first visit it takes the variables of the open tab from its storage alone, not from the default tabs;
 * - on later ones it opens one more, empty tab unless what it stored last is what stands in the open tab;
 * - the demo token is a new one at every start, and tabs from yesterday would send yesterday's. Headers that a person
 *   wrote stay as they are.
 */
function prepareStorage(first: ExampleDocument | undefined, headers: string | undefined): string {
  return `
(() => {
  const fresh = ${inScript(headers ?? null)};
  const keep = (name, value) => (value ? localStorage.setItem(name, value) : localStorage.removeItem(name));
  try {
    const state = JSON.parse(localStorage.getItem('graphiql:tabState') ?? 'null');
    const last = localStorage.getItem('roomfeed:headers');
    for (const tab of state?.tabs ?? []) if (!tab.headers || tab.headers === last) tab.headers = fresh;
    const open = state?.tabs[state.activeTabIndex] ?? { variables: ${inScript(variablesOf(first))}, headers: fresh };
    if (state) keep('graphiql:tabState', JSON.stringify(state));
    keep('graphiql:query', open.query);
    keep('graphiql:variables', open.variables);
    keep('graphiql:headers', open.headers);
    keep('roomfeed:headers', fresh);
  } catch {
    // Storage that is closed or holds something else: GraphiQL starts with the default tabs.
  }
})();
`;
}

function variablesOf(document: ExampleDocument | undefined): string | null {
  return document?.variables ? JSON.stringify(document.variables, null, 2) : null;
}

/** A value as a literal that cannot end the script element around it. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}
