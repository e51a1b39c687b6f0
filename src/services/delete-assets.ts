// Deleting: rows go and the outbox is filled in one batch; objects follow behind the answer.
import { deleteAssets as deleteFirst, deleteSubtree } from '../store/deletes'
import type { Order } from '../store/pick'
import type { Context } from './context'
import { drainBehind } from './outbox'

/** What a DELETE means. */
export type DeleteTarget =
  | { readonly kind: 'entry'; readonly path: string; readonly entryId: number }
  | {
      readonly kind: 'first'
      readonly path: string
      readonly order: Order
      /** -1 for all at this path. */
      readonly limit: number
      readonly labels: Readonly<Record<string, string>>
    }
  | { readonly kind: 'recursive'; readonly path: string; readonly labels: Readonly<Record<string, string>> }

/** Deletes what the target means, which may be nothing. Returns how many assets there were. */
export async function deleteAssets(context: Context, target: DeleteTarget): Promise<number> {
  const deleted = await deleteRows(context, target)
  if (deleted > 0) drainBehind(context)
  return deleted
}

function deleteRows({ store, now }: Context, target: DeleteTarget): Promise<number> {
  const { path } = target
  if (target.kind === 'entry') return deleteFirst(store, { path, entryId: target.entryId }, 1, now())
  if (target.kind === 'recursive') return deleteSubtree(store, path, target.labels, now())
  return deleteFirst(store, { path, order: target.order, labels: target.labels }, target.limit, now())
}
