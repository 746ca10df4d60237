import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../src/config/parse-url.js';
import { checkExternalImageUrl, maxExternalUrlLength, readExternalImageUrl } from '../src/services/community/external-image.js';
import { count, seededRandom } from './support/counts.js';

const random = seededRandom('external pictures');

/** What becomes of an address as a client may send it: what is stored, or the problem. URL parsing comes first. */
function judge(address: string): string {
  const parsed = parseUrl(address);
  if (!parsed) return 'no address';
  const { url, problem } = checkExternalImageUrl(parsed);
  return url ?? problem;
}

const notPublic = 'must lead to the public internet, not to a private, local or reserved host';

describe('the address of a picture from elsewhere', () => {
  it.each<[given: string, stored: string]>([
    ['https://pictures.example.com/room.jpg', 'https://pictures.example.com/room.jpg'],
    ['https://pictures.example/room.jpg', 'https://pictures.example/room.jpg'],
    ['https://cdn.example.com/a/b.webp?w=800&h=600#top', 'https://cdn.example.com/a/b.webp?w=800&h=600#top'],
    ['HTTPS://CDN.Example.COM/A.JPG', 'https://cdn.example.com/A.JPG'],
    ['https://cdn.example.com', 'https://cdn.example.com/'],
    ['https://cdn.example.com:443/a.jpg', 'https://cdn.example.com/a.jpg'],
    ['https://cdn.example.com:/a.jpg', 'https://cdn.example.com/a.jpg'],
    ['https://@cdn.example.com/a.jpg', 'https://cdn.example.com/a.jpg'],
    ['https://cdn.example.com./a.jpg', 'https://cdn.example.com/a.jpg'],
    ['  https://cdn.example.com/a.jpg\n', 'https://cdn.example.com/a.jpg'],
    ['https://cdn.exa\nmple.com/a\t.jpg', 'https://cdn.example.com/a.jpg'],
    ['https:\\\\cdn.example.com\\a.jpg', 'https://cdn.example.com/a.jpg'],
    ['https://bücher.example.com/ü.jpg', 'https://xn--bcher-kva.example.com/%C3%BC.jpg'],
    ['https://my_bucket.storage.example.com/a.jpg', 'https://my_bucket.storage.example.com/a.jpg'],
    ['https://8.8.8.8/a.jpg', 'https://8.8.8.8/a.jpg'],
    ['https://0x08080808/a.jpg', 'https://8.8.8.8/a.jpg'],
    ['https://[2606:4700:4700::1111]/a.jpg', 'https://[2606:4700:4700::1111]/a.jpg'],
    ['https://localhost.example.com/a.jpg', 'https://localhost.example.com/a.jpg'],
    ['https://latest.example.com/.local', 'https://latest.example.com/.local'],
    ['https://notlocal.com/127.0.0.1', 'https://notlocal.com/127.0.0.1'],
    ['https://cdn.example.com/100%25.jpg', 'https://cdn.example.com/100%25.jpg'],
  ])('%j becomes %j', (given, stored) => {
    expect(judge(given)).toBe(stored);
  });

  it('is parsed alike however often it was', () => {
    // Node's own URL.canParse changes its mind after some thousand calls.
    const found = new Set(Array.from({ length: 50_000 }, () => parseUrl('https://bücher.example.com/')?.href));

    expect([...found]).toEqual(['https://xn--bcher-kva.example.com/']);
  });

  it.each<[what: string, addresses: string[], problem: string]>([
    [
      'another scheme',
      [
        'http://cdn.example.com/a.jpg',
        'ftp://cdn.example.com/a.jpg',
        'file:///etc/passwd',
        'javascript:alert(1)',
        'data:image/png;base64,AAAA',
        'blob:https://cdn.example.com/0',
        'ws://cdn.example.com/a',
      ],
      'must be an https address',
    ],
    [
      'credentials',
      [
        'https://user@cdn.example.com/a.jpg',
        'https://user:secret@cdn.example.com/a.jpg',
        'https://:secret@cdn.example.com/a.jpg',
        'https://cdn.example.com%2f@127.0.0.1/a.jpg',
        'https://cdn.example.com:80@127.0.0.1/a.jpg',
      ],
      'may hold neither a user nor a password',
    ],
    ['a port', ['https://cdn.example.com:8443/a.jpg', 'https://cdn.example.com:80/', 'https://8.8.8.8:22/'], 'may hold no port'],
    [
      'an encoded control character',
      ['https://cdn.example.com/a%0d%0aHost:x', 'https://cdn.example.com/a%00.jpg', 'https://cdn.example.com/?a=%1F', 'https://cdn.example.com/%7f'],
      'may hold no control character',
    ],
    [
      'a host without a domain',
      ['https://localhost/a.jpg', 'https://localhost./a.jpg', 'https://router/', 'https://LOCALHOST/', 'https://metadata/', 'https://ⓛocalhost/', 'https://com/'],
      'must name a public host, such as pictures.example.com',
    ],
    [
      'what DNS cannot have',
      ['https://-a.example.com/', 'https://a-.example.com/', 'https://a..example.com/', `https://${'a'.repeat(64)}.com/`, "https://a'b.example.com/", 'https://*.example.com/', `https://${'a.'.repeat(127)}com/`],
      'must name a host that DNS can have',
    ],
    [
      'a name that is not public',
      [
        'https://app.localhost/',
        'https://a.b.localhost./',
        'https://printer.local/',
        'https://PRINTER.LOCAL./',
        'https://metadata.google.internal/computeMetadata/v1/',
        'https://wiki.intranet/',
        'https://nas.lan/',
        'https://nas.home/',
        'https://nas.home.arpa/',
        'https://1.0.0.127.in-addr.arpa/',
        'https://mail.corp/',
        'https://a.test/',
        'https://a.invalid/',
        'https://a.onion/',
        'https://a.alt/',
        'https://localhost.localdomain/',
        'https://127.0.0.1.nip.io/',
        'https://10-0-0-1.sslip.io/',
        'https://app.localtest.me/',
        'https://lvh.me/',
        'https://ａｐｐ．ｌｏｃａｌ/',
        'https://app。local/',
      ],
      notPublic,
    ],
    [
      'an IPv4 address that is not public, in any spelling',
      [
        'https://127.0.0.1/',
        'https://127.1/',
        'https://127.0.0.1./',
        'https://2130706433/',
        'https://0x7f000001/',
        'https://0x7F.1/',
        'https://0177.0.0.1/',
        'https://0177.0.0.01/',
        'https://017700000001/',
        'https://127.0x1/',
        'https://１２７．０．０．１/',
        'https://127。0。0。1/',
        'https://①②⑦.⓪.⓪.①/',
        'https://%31%32%37.0.0.1/',
        'https://0/',
        'https://0.0.0.0/',
        'https://10.1.2.3/',
        'https://100.64.0.1/',
        'https://100.100.100.200/',
        'https://169.254.169.254/latest/meta-data/',
        'https://0xa9fea9fe/',
        'https://2852039166/',
        'https://168.63.129.16/',
        'https://172.16.0.1/',
        'https://172.31.255.255/',
        'https://192.0.0.192/',
        'https://192.0.2.1/',
        'https://192.88.99.1/',
        'https://192.168.1.1/',
        'https://198.18.0.1/',
        'https://198.51.100.1/',
        'https://203.0.113.1/',
        'https://224.0.0.1/',
        'https://240.0.0.1/',
        'https://255.255.255.255/',
      ],
      notPublic,
    ],
    [
      'an IPv6 address that is not public, or wraps one of the other kind',
      [
        'https://[::]/',
        'https://[::1]/',
        'https://[0:0:0:0:0:0:0:1]/',
        'https://[::ffff:127.0.0.1]/',
        'https://[::ffff:7f00:1]/',
        'https://[::FFFF:169.254.169.254]/',
        'https://[::127.0.0.1]/',
        'https://[::10.0.0.1]/',
        'https://[::8.8.8.8]/',
        'https://[::ffff:0:127.0.0.1]/',
        'https://[64:ff9b::127.0.0.1]/',
        'https://[64:ff9b::a9fe:a9fe]/',
        'https://[64:ff9b:1::10.0.0.1]/',
        'https://[2002:7f00:1::]/',
        'https://[2002:a00:1::1]/',
        'https://[2001:0:7f00:1::]/',
        'https://[100::1]/',
        'https://[2001:db8::1]/',
        'https://[3fff::1]/',
        'https://[2001:10::1]/',
        'https://[2001:2::1]/',
        'https://[5f00::1]/',
        'https://[4000::1]/',
        'https://[fc00::1]/',
        'https://[fd00:ec2::254]/',
        'https://[fe80::1]/',
        'https://[fec0::1]/',
        'https://[ff02::1]/',
      ],
      notPublic,
    ],
    ['what is no address at all', ['', 'pictures/room.jpg', 'https://', 'https:///', 'https://a b.example.com/', 'https://1.2.3.4.5/', 'https://256.1.1.1/', 'https://[fe80::1%25eth0]/', 'https://[::1', 'https://\u0000.example.com/'], 'no address'],
  ])('is refused for %s', (_what, addresses, problem) => {
    expect(addresses.map((address) => [address, judge(address)])).toEqual(addresses.map((address) => [address, problem]));
  });

  it('may have 2,048 characters, as they are stored, and no more', () => {
    const start = 'https://cdn.example.com/';
    const longest = start + 'a'.repeat(maxExternalUrlLength - start.length);
    expect(judge(longest)).toBe(longest);
    expect(judge(`${longest}a`)).toBe('may have at most 2048 characters, and has 2049');
    // Six for each ü once it is encoded.
    expect(judge(start + 'ü'.repeat(400))).toBe('may have at most 2048 characters, and has 2424');
  });

  it('that is stored is judged again when it is read', () => {
    expect(readExternalImageUrl('https://cdn.example.com/a.jpg')).toBe('https://cdn.example.com/a.jpg');
    expect(readExternalImageUrl('https://10.0.0.1/a.jpg')).toBeNull();
    expect(readExternalImageUrl('https://a b/')).toBeNull();
    expect(readExternalImageUrl('')).toBeNull();
  });
});

describe('addresses that are not public', () => {
  const runs = { numRuns: count(2_000, 100_000), seed: random.seed };

  /** An address in a network, with random bits behind the network's own. */
  function inside(network: readonly number[], prefix: number, bits: number): fc.Arbitrary<number[]> {
    return fc.uint8Array({ minLength: bits / 8, maxLength: bits / 8 }).map((noise) =>
      network.map((byte, index) => {
        const fixed = Math.min(8, Math.max(0, prefix - index * 8));
        const mask = (0xff << (8 - fixed)) & 0xff;
        return (byte & mask) | ((noise[index] ?? 0) & ~mask & 0xff);
      }),
    );
  }

  type Network = [address: { toByteArray(): number[] }, prefix: number];
  /** The networks that the package knows by a name, which is a list for some and one network for others. */
  function networks(ranges: object): Network[] {
    return Object.values(ranges).flatMap((range: Network | Network[]) =>
      typeof range[1] === 'number' ? [range as Network] : (range as Network[]),
    );
  }
  const rangesOf = (address: object) => networks((address as { SpecialRanges: object }).SpecialRanges);

  const number = fc.constantFrom(
    (value: number) => String(value),
    (value: number) => `0x${value.toString(16)}`,
    (value: number) => `0X${value.toString(16).toUpperCase()}`,
    (value: number) => `0${value.toString(8)}`,
    (value: number) => `000${value.toString(8)}`,
    (value: number) => [...String(value)].map((digit) => String.fromCodePoint(digit.charCodeAt(0) + 0xfee0)).join(''),
    (value: number) => [...String(value)].map((digit) => `%${digit.charCodeAt(0).toString(16)}`).join(''),
  );

  /** One, two, three or four numbers, each in any base, between any dots. */
  const spelled = (bytes: readonly number[]): fc.Arbitrary<string> =>
    fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.array(number, { minLength: 4, maxLength: 4 }), fc.constantFrom('.', '。', '．', '%2e'), fc.constantFrom('', '.'))
      .map(([parts, spell, dot, end]) => {
        const last = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
        return [...bytes.slice(0, parts - 1), last].map((value, index) => spell[index]!(value)).join(dot) + end;
      });

  it('are refused whatever they are spelled like: IPv4', () => {
    const ipv4 = fc.constantFrom(...rangesOf(ipaddr.IPv4.prototype));
    const address = ipv4.chain(([network, prefix]) => inside(network.toByteArray(), prefix, 32)).chain(spelled);
    fc.assert(
      fc.property(address, (host) => {
        expect([host, judge(`https://${host}/a.jpg`)]).toEqual([host, notPublic]);
      }),
      runs,
    );
  });

  const spelled6 = (bytes: readonly number[]): fc.Arbitrary<string> => {
    const groups = Array.from({ length: 8 }, (_none, group) => (bytes[2 * group]! * 256 + bytes[2 * group + 1]!).toString(16));
    const dotted = [...groups.slice(0, 6), bytes.slice(12).join('.')].join(':');
    const long = groups.map((group) => group.padStart(4, '0')).join(':');
    const spellings = [ipaddr.fromByteArray([...bytes]).toString(), groups.join(':'), long, dotted];
    return fc.constantFrom(...spellings, ...spellings.map((spelling) => spelling.toUpperCase()));
  };

  it('are refused whatever they are spelled like: IPv6', () => {
    const ipv6 = fc.constantFrom(...rangesOf(ipaddr.IPv6.prototype));
    const address = ipv6.chain(([network, prefix]) => inside(network.toByteArray(), prefix, 128)).chain(spelled6);
    fc.assert(
      fc.property(address, (host) => {
        expect([host, judge(`https://[${host}]/a.jpg`)]).toEqual([host, notPublic]);
      }),
      runs,
    );
  });

  it('and those that are public are not', () => {
    const unicast = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => [...bytes]).filter((bytes) => ipaddr.fromByteArray(bytes).range() === 'unicast');
    fc.assert(
      fc.property(unicast.chain((bytes) => spelled(bytes).map((host) => ({ bytes, host }))), ({ bytes, host }) => {
        expect([host, judge(`https://${host}/a.jpg`)]).toEqual([host, `https://${bytes.join('.')}/a.jpg`]);
      }),
      runs,
    );
  });

  it('and whatever is accepted is stored as it would be read, and within the database\'s own check', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6().map((address) => `[${address}]`), fc.string({ maxLength: 20 }));
    const address = fc.tuple(host, fc.webPath(), fc.string({ maxLength: 20 })).map(([name, path, rest]) => `https://${name}${path}${rest}`);
    let accepted = 0;
    fc.assert(
      fc.property(address, (given) => {
        const url = parseUrl(given);
        const stored = url && checkExternalImageUrl(url).url;
        if (stored === null) return;
        accepted += 1;
        expect(readExternalImageUrl(stored)).toBe(stored);
        expect(stored).toMatch(/^https:\/\/([^/?#@:\\[\]]+|\[[0-9a-f:.]+\])([/?#]|$)/);
        expect(stored).toMatch(/^[\x21-\x7e]+$/);
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 10);
  });
});
