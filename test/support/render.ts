// Rendering with the file in one piece, as tests look at it.
import { concat } from '../../src/image/feed'
import { type Rendered, render as renderPieces } from '../../src/image/render'
import { renderMany as renderManyPieces } from '../../src/image/render-many'

export interface Joined extends Rendered {
  readonly bytes: Uint8Array
}

const join = (rendered: Rendered): Joined => ({ ...rendered, bytes: concat(rendered.pieces) })

export const render = async (...args: Parameters<typeof renderPieces>): Promise<Joined> =>
  join(await renderPieces(...args))

export const renderMany = async (...args: Parameters<typeof renderManyPieces>): Promise<Joined[]> =>
  (await renderManyPieces(...args)).map(join)
