import { money } from '../proration.js';
import type { World } from '../world.js';
import { html, notFound, page, type PageAnswer } from './html.js';

/** What `hosted_invoice_url` leads to. */
export function invoicePage({ store }: World, id: string): PageAnswer {
  const invoice = store.get('invoice', id);
  if (invoice === null) return notFound();
  const rows = invoice.lines.data.map((line) => html`<tr><td>${line.description}</td><td>${money(line.amount, line.currency)}</td></tr>`);
  return page(
    `Invoice ${invoice.number ?? ''}`,
    html`<h1>Invoice ${invoice.number ?? '(draft)'}</h1>
<table>${rows}<tr><th>Total</th><th>${money(invoice.total, invoice.currency)}</th></tr><tr><td>Due</td><td>${money(invoice.amount_due, invoice.currency)}</td></tr></table>
<p>Status: ${invoice.status}</p>`,
  );
}
