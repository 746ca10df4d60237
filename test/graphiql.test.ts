import type { Browser, BrowserContext, Page } from 'playwright-core';
import { hasBrowser, launchBrowser } from './support/browser.js';
import { schemaOf, startServer } from './support/http.js';
import type { StartedServer, TestContext } from './support/http.js';

const typeDefs = `
  type Query { viewer: Viewer }
  type Viewer { name: String! renders(first: Int! = 2): [Render!]! }
  type Render { id: ID! style: String! }
  type Subscription { rendered: Render! }
`;

/** What the page is tested with; another gateway is tested by giving another of these. */
interface Subject {
  readonly started: Pick<StartedServer, 'url' | 'endpoint'> & { close(): Promise<void> };
  /** Stands in the answer of the first tab, and only where the request was signed in. */
  readonly expectedAnswer: RegExp;
  readonly tabs: readonly string[];
  readonly subscription?: { readonly tab: string; readonly expectedAnswer: RegExp };
}

async function startSubject(): Promise<Subject> {
  const renders = [
    { id: 'render-1', style: 'coastal_au' },
    { id: 'render-2', style: 'japandi' },
  ];
  const schema = schemaOf(typeDefs, {
    viewer: (_args: unknown, { identity }: TestContext) => identity && { name: identity.name, renders },
    // With ids, as the product's streams have them: one alone at first, and then one with each event.
    rendered(_args: unknown, { position }: TestContext) {
      if (position) position.id = 'start';
      return (async function* () {
        for (const render of renders) {
          if (position) position.id = render.id;
          yield render;
        }
      })();
    },
  });
  const documents = [
    {
      query: 'query Feed($first: Int!) { viewer { name renders(first: $first) { id style } } }',
      variables: { first: 2 },
    },
    { query: 'query Collections { viewer { name } }' },
    { query: 'query Community { __typename }' },
    { query: 'subscription Live { rendered { id } }' },
  ];
  const { server, url, endpoint } = await startServer({ schema, graphiql: { documents, token: 'demo-token' } });
  return {
    started: { url, endpoint, close: () => server.close() },
    expectedAnswer: /demo-token[^]*coastal_au/,
    tabs: ['Feed', 'Collections', 'Community', 'Live'],
    subscription: { tab: 'Live', expectedAnswer: /render-2/ },
  };
}

(hasBrowser ? describe : describe.skip)('GraphiQL in a browser', () => {
  let subject: Subject;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const requested: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    subject = await startSubject();
    browser = await launchBrowser();
    context = await browser.newContext();
    // Of pages and of workers; what the policy of the page forbids never gets here, and is a complaint instead.
    context.on('request', (request) => requested.push(request.url()));
    page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(subject.started.endpoint);
  });
  afterAll(async () => {
    await browser.close();
    await subject.started.close();
  });

  const tab = (name: string) => page.getByRole('tab', { name });
  const run = () => page.locator('.graphiql-execute-button').click();
  const result = (pattern: RegExp) => page.locator('.result-window').filter({ hasText: pattern });

  /** GraphiQL writes them half a second after the last change. (`waitForFunction` would need `eval`, which the page forbids.) */
  async function tabsAreKept(): Promise<void> {
    const look =
      "new Promise((resolve) => requestAnimationFrame(() => resolve(localStorage.getItem('graphiql:tabState') !== null)))";
    while (!(await page.evaluate(look)));
  }

  it('opens with a tab for each example, the first one open', async () => {
    for (const name of subject.tabs) await tab(name).waitFor();
    expect(await page.getByRole('tab').count()).toBe(subject.tabs.length);
  });

  it('runs the first example as the demo user, with its variables, on one click', async () => {
    await run();
    await result(subject.expectedAnswer).waitFor();
  });

  it('opens the same tabs again when the page is loaded again, and they run', async () => {
    await tabsAreKept();
    await page.reload();
    for (const name of subject.tabs) await tab(name).waitFor();
    expect(await page.getByRole('tab').count()).toBe(subject.tabs.length);
    await run();
    await result(subject.expectedAnswer).waitFor();
  });

  it('sends the new demo token from tabs that were kept with an old one', async () => {
    await tabsAreKept();
    // Away from GraphiQL, which would write over it.
    await page.goto(`${subject.started.url}/health`);
    const expired = JSON.stringify({ Authorization: 'Bearer expired' });
    await page.evaluate(`
      const state = JSON.parse(localStorage.getItem('graphiql:tabState'));
      for (const tab of state.tabs) tab.headers = ${JSON.stringify(expired)};
      localStorage.setItem('graphiql:tabState', JSON.stringify(state));
      localStorage.setItem('roomfeed:headers', ${JSON.stringify(expired)});
    `);
    await page.goto(subject.started.endpoint);
    await tab(subject.tabs[0] ?? '').waitFor();
    await run();
    await result(subject.expectedAnswer).waitFor();
  });

  it('shows the events of a subscription', async () => {
    if (!subject.subscription) return;
    await tab(subject.subscription.tab).click();
    // The editor has taken the tab over when it has written its document into the address.
    await page.waitForURL(/query=subscription/);
    await run();
    await result(subject.subscription.expectedAnswer).waitFor();
  });

  it('has asked for nothing outside the server, and the browser has complained of nothing', () => {
    const outside = requested.filter(
      (url) => !url.replace(/^blob:/, '').startsWith(`${subject.started.url}/`) && !url.startsWith('data:'),
    );
    expect(outside).toEqual([]);
    expect(requested).toContain(subject.started.endpoint);
    expect(complaints).toEqual([]);
  });

  it('would be stopped by the policy of the page if it asked for something outside', async () => {
    const answer = await page.evaluate("fetch('http://127.0.0.2:9/').then(() => 'sent', (error) => String(error))");
    expect(answer).toContain('Failed to fetch');
    expect(complaints.some((complaint) => complaint.includes('Content Security Policy'))).toBe(true);
    expect(requested).not.toContain('http://127.0.0.2:9/');
  });
});

describe('the GraphiQL page', () => {
  const html = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
  const schema = schemaOf(typeDefs, {});
  let started: StartedServer;
  afterEach(() => started.server.close());

  it('is one document under a policy that lets nothing else in, and is not sent twice', async () => {
    started = await startServer({ schema, graphiql: { documents: [{ query: 'query A { __typename }' }] } });
    const response = await fetch(started.endpoint, { headers: html });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+' 'sha256-\S+'; worker-src blob:;/,
    );
    // Nine megabytes are no good in a failure's message.
    expect((await response.text()).includes('query A { __typename }')).toBe(true);
    const again = await fetch(started.endpoint, {
      headers: { ...html, 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it('cannot be broken out of by what stands in an example', async () => {
    const query = '# </script><script>alert(1)</script>';
    started = await startServer({
      schema,
      graphiql: { documents: [{ query, variables: { a: query } }], token: '</script>' },
    });
    const page = await (await fetch(started.endpoint, { headers: html })).text();
    expect(page.includes('\\u003c/script>\\u003cscript>alert(1)')).toBe(true);
    expect(page.includes('<script>alert(1)')).toBe(false);
  });

  it('is a 404 with a hint where it is switched off, while GET queries go on', async () => {
    started = await startServer({ schema, graphiql: null });
    const off = await fetch(started.endpoint, { headers: html });
    expect([off.status, await off.json()]).toEqual([
      404,
      {
        errors: [
          { message: expect.stringContaining('GraphiQL is switched off') as string, extensions: { code: 'NOT_FOUND' } },
        ],
      },
    ]);
    const query = await fetch(`${started.endpoint}?query={__typename}`, { headers: html });
    expect(await query.json()).toEqual({ data: { __typename: 'Query' } });
  });
});
