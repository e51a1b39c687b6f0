// What colr properties of a HEIF file say of its primary item's colours (ISO/IEC 14496-12 §12.1.5).
import { profileOfNclx } from '../colour/nclx'
import { latin1, u16be } from '../feed'
import type { Meta, ProfileSink, Property } from './heif-meta'

/** The colr properties of the primary item, and of the first of a grid's tiles behind them. */
export function coloursOf<Profile extends ProfileSink>(meta: Meta<Profile>): Property<Profile>[] {
  const own = meta.associations.get(meta.primary ?? -1) ?? []
  const parts = (meta.derived.get(meta.primary ?? -1) ?? [])
    .slice(0, 1)
    .flatMap((id) => meta.associations.get(id) ?? [])
  return [...own, ...parts].flatMap((i) => meta.properties[i] ?? []).filter(({ type }) => type === 'colr')
}

/** The numbers of the first nclx, as a profile where they need one, and as a name where not; null for none. */
export function nclxOf(
  colours: readonly Property<ProfileSink>[],
): { readonly profile: Uint8Array | null; readonly name: string } | null {
  const bytes = colours.find((one) => one.bytes.length >= 8 && latin1(one.bytes, 0, 4) === 'nclx')?.bytes
  if (!bytes) return null
  const [primaries, transfer] = [u16be(bytes, 4), u16be(bytes, 6)]
  // ITU-T H.273 table 2: 1 and what is not said are sRGB's, 12 those of P3.
  const names: Record<number, string> = { 1: 'srgb', 2: 'srgb', 12: 'p3' }
  return { profile: profileOfNclx(primaries, transfer), name: names[primaries] ?? 'unknown' }
}
