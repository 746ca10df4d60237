import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { parseUrl } from '../../config/parse-url.js';

/** Longest address of a picture from elsewhere; the database holds the same bound. */
export const maxExternalUrlLength = 2_048;

/** An address to store, in the one spelling that URL parsing gives it, or what is wrong with the one that was given. */
export type ExternalImageVerdict =
  | { readonly url: string; readonly problem: null }
  | { readonly url: null; readonly problem: string };

/**
 * Judges the address of a picture from elsewhere. This server never fetches it: the viewer's app does, from wherever the
 * viewer is, and so it must lead to the public internet and nowhere in their home or office. Hence https alone, neither
 * credentials nor a port, and a host that is a public name or a public address in whatever spelling. A name is judged
 * by what it says; what it resolves to is known to the viewer's resolver alone.
 */
export function checkExternalImageUrl(given: URL): ExternalImageVerdict {
  // What comes back is what was judged: one normal form, ASCII, without what parsing takes out (tabs, line breaks).
  const url = new URL(given);
  const refuse = (problem: string): ExternalImageVerdict => ({ url: null, problem });

  if (url.protocol !== 'https:') return refuse('must be an https address');
  if (url.username !== '' || url.password !== '') return refuse('may hold neither a user nor a password');
  if (url.port !== '') return refuse('may hold no port');
  // An encoded control character is data to whoever loads the picture, and a new header to one that is careless.
  if (/%(?:[01][0-9a-f]|7f)/i.test(url.pathname + url.search)) return refuse('may hold no control character');
  // The root of the DNS, written out: `localhost.` is `localhost`.
  url.hostname = url.hostname.replace(/\.$/, '');
  const problem = hostProblem(url.hostname);
  if (problem !== null) return refuse(problem);
  if (url.href.length > maxExternalUrlLength) {
    return refuse(`may have at most ${maxExternalUrlLength} characters, and has ${url.href.length}`);
  }
  return { url: url.href, problem: null };
}

/** The rule does not change while the process runs, and a gallery has the same pictures for all who look. */
const judged = new LRUCache<string, { readonly url: string | null }>({ max: 2_000 });

/** A stored address, judged again by today's rule; null where it is not to be shown. */
export function readExternalImageUrl(stored: string): string | null {
  const known = judged.get(stored);
  if (known) return known.url;
  const parsed = parseUrl(stored);
  const url = parsed && checkExternalImageUrl(parsed).url;
  judged.set(stored, { url });
  return url;
}

/** `host` as URL parsing writes it: in lower case, in ASCII, an IPv4 address in four decimal parts, IPv6 in brackets. */
function hostProblem(host: string): string | null {
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1)) ? null : notPublic;
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return isPublicIpv4(host) ? null : notPublic;
  const labels = host.split('.');
  if (labels.length < 2) return 'must name a public host, such as pictures.example.com';
  if (host.length > 253 || !labels.every((label) => dnsLabel.test(label))) return 'must name a host that DNS can have';
  return privateDomains.some((domain) => `.${host}`.endsWith(`.${domain}`)) ? notPublic : null;
}

const notPublic = 'must lead to the public internet, not to a private, local or reserved host';

/** Letters, digits, hyphens inside (RFC 1123 §2.1), and the underscores that some hosts of pictures have. */
const dnsLabel = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Domains whose names mean something to one machine or network alone, or nothing at all: IANA's special-use names
 * (https://www.iana.org/assignments/special-use-domain-names) but `example`, which leads nowhere and stands in every
 * manual; those that ICANN will never delegate (`internal`, and `corp`, `home`, `mail` for their collisions); what
 * routers and offices have made up; and public names that resolve to whatever private address is written in them.
 */
const privateDomains: readonly string[] = [
  ...['alt', 'arpa', 'invalid', 'local', 'localhost', 'onion', 'test'],
  ...['internal', 'corp', 'home', 'mail'],
  ...['domain', 'intra', 'intranet', 'lan', 'localdomain', 'private', 'workgroup'],
  ...['localho.st', 'localtest.me', 'lvh.me', 'nip.io', 'sslip.io', 'traefik.me', 'vcap.me', 'xip.io'],
];

/** Azure's own services inside each virtual machine's network, among them the one that hands out its secrets. */
const azureWireServer = '168.63.129.16';

function isPublicIpv4(host: string): boolean {
  return host !== azureWireServer && ipaddr.IPv4.parse(host).range() === 'unicast';
}

/** 2000::/3 is all of IPv6 that is handed out as global unicast (RFC 4291 §2.4 and IANA's registry). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Addresses that only wrap an IPv4 address are refused, whatever is wrapped: mapped and compatible ones, NAT64, 6to4 and
 * Teredo. No picture is published under one, and each reaches a host under a second name.
 */
function isPublicIpv6(host: string): boolean {
  const address = ipaddr.IPv6.parse(host);
  return address.match(globalUnicast) && address.range() === 'unicast';
}
