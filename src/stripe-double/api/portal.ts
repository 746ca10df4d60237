import { z } from 'zod';
import { expand, text, webAddress } from '../parameters.js';
import { newId } from '../store.js';
import { findCustomer } from './find.js';
import { asRecord, route, type Route } from './route.js';

const creation = z.strictObject({ ...expand, customer: text, return_url: webAddress.optional(), locale: text.optional(), configuration: text.optional() });

export const portalRoutes: readonly Route[] = [
  route('POST', '/v1/billing_portal/sessions', creation, (world, sent) => {
    const id = newId('bps_1');
    return asRecord(
      world.store.put('billing_portal.session', {
        id,
        object: 'billing_portal.session',
        configuration: sent.configuration ?? 'bpc_double',
        created: world.clock.now(),
        customer: findCustomer(world, sent.customer, 'customer').id,
        flow: null,
        livemode: false,
        locale: sent.locale ?? null,
        on_behalf_of: null,
        return_url: sent.return_url ?? null,
        url: `${world.address()}/portal/${id}`,
      }),
    );
  }),
];
