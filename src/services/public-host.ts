// Which hosts a URL may name. Hostnames come out of the WHATWG URL parser, which has already turned
// every spelling of an IPv4 address (decimal, octal, hexadecimal, short) into four decimal numbers.

/** IPv4 ranges that are not public, as [address, prefix length] (RFC 6890 and cloud metadata). */
const IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's platform address.
  ['168.63.129.16', 32],
  // Link-local, with the metadata address of most clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** IPv6 ranges that are not public, as [groups, prefix length] (RFC 6890, RFC 4291). */
const IPV6: readonly (readonly [readonly number[], number])[] = [
  // Teredo, which hides an IPv4 address; NAT64's local prefix; discard.
  [[0x2001, 0], 32],
  [[0x64, 0xff9b, 1], 48],
  [[0x100, 0, 0, 0], 64],
  // Unique local (with AWS's fd00:ec2::254), link-local, the old site-local, multicast.
  [[0xfc00], 7],
  [[0xfe80], 10],
  [[0xfec0], 10],
  [[0xff00], 8],
]

/** IPv6 prefixes that carry an IPv4 address, and the group where it begins. */
const EMBEDDED: readonly (readonly [readonly number[], number, number])[] = [
  // IPv4-mapped ::ffff:a.b.c.d, IPv4-compatible ::a.b.c.d (with :: and ::1), translated, NAT64, 6to4.
  [[0, 0, 0, 0, 0, 0xffff], 96, 6],
  [[0, 0, 0, 0, 0, 0], 96, 6],
  [[0, 0, 0, 0, 0xffff, 0], 96, 6],
  [[0x64, 0xff9b, 0, 0, 0, 0], 96, 6],
  [[0x2002], 16, 1],
]

/** Whether a hostname of the URL parser is an IP address that is not public. */
export function isPrivateAddress(hostname: string): boolean {
  const host = withoutDot(hostname)
  const v4 = parseIpv4(host)
  if (v4 !== null) return isPrivateIpv4(v4)
  if (!host.startsWith('[')) return false
  const groups = parseIpv6(host.slice(1, -1))
  if (groups === null) return true
  if (IPV6.some(([prefix, bits]) => startsWith(groups, prefix, bits))) return true
  return EMBEDDED.some(([prefix, bits, at]) => {
    return startsWith(groups, prefix, bits) && isPrivateIpv4(groups[at]! * 0x10000 + groups[at + 1]!)
  })
}

/**
 * Whether a host is in a list of domains: an exact name, or `*.example.com` for every name below it.
 * A dot at the end of a name changes nothing.
 */
export function isAllowedHost(hostname: string, domains: readonly string[]): boolean {
  const host = withoutDot(hostname)
  return domains.some((entry) => {
    const wild = entry.startsWith('*.')
    // Through the same parser as the URL: case, punycode, spellings of addresses.
    const domain = withoutDot(URL.parse(`http://${wild ? entry.slice(2) : entry}`)?.hostname ?? '')
    return domain !== '' && (wild ? host.endsWith(`.${domain}`) : host === domain)
  })
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}

function parseIpv4(host: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return null
  return host.split('.').reduce((address, part) => address * 256 + Number(part), 0)
}

function isPrivateIpv4(address: number): boolean {
  return IPV4.some(([base, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor(parseIpv4(base)! / size)
  })
}

/** Eight groups of a serialised IPv6 address (the parser has turned dotted endings into groups). */
function parseIpv6(text: string): number[] | null {
  const [head = '', tail] = text.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const first = groups(head)
  const last = tail === undefined ? [] : groups(tail)
  const all =
    tail === undefined ? first : [...first, ...new Array(8 - first.length - last.length).fill(0), ...last]
  return all.length === 8 && all.every((group) => group >= 0 && group <= 0xffff) ? all : null
}

function startsWith(groups: readonly number[], prefix: readonly number[], bits: number): boolean {
  for (let at = 0; at * 16 < bits; at++) {
    const shift = Math.max(0, 16 - (bits - at * 16))
    if (groups[at]! >> shift !== (prefix[at] ?? 0) >> shift) return false
  }
  return true
}
