/** A page, of which every text was escaped where it was put in. Nothing on it is loaded from anywhere. */
export interface Html {
  readonly html: string;
}

/** What a page answers to what a person did. */
export type PageAnswer =
  | { readonly kind: 'page'; readonly status: number; readonly page: Html }
  | { readonly kind: 'redirect'; readonly to: string };

/** Joins text and values to HTML; values that are no HTML are escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | readonly Html[])[]): Html {
  const put = (value: (typeof values)[number] | undefined): string => {
    if (value === undefined) return '';
    if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
    return 'html' in value ? value.html : value.map((each) => each.html).join('');
  };
  return { html: parts.map((part, index) => part + put(values[index])).join('') };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const style = {
  html: `body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}
h1{font-size:1.4rem}small,.quiet{color:#697386}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #e3e8ee}
button{font:inherit;padding:.5rem 1rem;margin:.2rem .4rem .2rem 0;border:1px solid #c1c9d2;border-radius:.4rem;background:#fff;cursor:pointer}
button.main{background:#635bff;border-color:#635bff;color:#fff}form{display:inline}.note{background:#fff8e6;border:1px solid #f5d48a;padding:.6rem 1rem;border-radius:.4rem}
@media (prefers-color-scheme:dark){body{background:#1a1f36;color:#f6f9fc}button{background:#2a2f45;color:inherit}.note{background:#3a3420}}`,
};

export function document(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body>${body}<p><small>This is a stand-in for Stripe, for development. No money moves.</small></p></body>
</html>
`;
}

export function button(action: string, label: string, { isMain = false } = {}): Html {
  return html`<form method="post"><button name="action" value="${action}" class="${isMain ? 'main' : 'other'}">${label}</button></form>`;
}

export function page(title: string, body: Html, status = 200): PageAnswer {
  return { kind: 'page', status, page: document(title, body) };
}

export function notFound(): PageAnswer {
  return page('Not found', html`<h1>There is nothing here</h1>`, 404);
}
