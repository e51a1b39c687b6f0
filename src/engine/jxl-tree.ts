// Meta-adaptive trees of JPEG XL's modular pictures (ISO/IEC 18181-1:2024 §H.4): which predictor and which context each
// pixel has, by properties of its neighbours.
import { alloc, arenaMark, arenaRelease } from './arena'
import { signed } from './jxl-bits'
import { Code, numbersOpen, numbersWhole, readCode, readNumber, windowOf } from './jxl-entropy'
import { CORRUPT, fail, fault, TOO_LARGE } from './jxl-fault'

/** A node: property, or -1 of a leaf; the value, or offset; two children, or cluster and multiplier; predictor. */
export const NODE: usize = 20

@unmanaged
export class Tree {
  nodes: usize
  count: i32
  code: usize
}

const MOST_NODES: i32 = 1 << 20
const MOST_PROPERTY: u32 = 255
const PREDICTORS: u32 = 14
const DEEPEST: i32 = 2048

/** Reads a tree and the codes of its contexts; 0 after a fault. @param most nodes that it may have */
export function readTree(most: i32): usize {
  const tree = changetype<Tree>(alloc(offsetof<Tree>()))
  if (changetype<usize>(tree) == 0) {
    fail(TOO_LARGE)
    return 0
  }
  // Nodes are read in an order of their own, to a list that grows at the arena's end.
  const mark = arenaMark()
  const own = readCode(6)
  if (!own) return 0
  if (!numbersOpen(own, 0, windowOf(own, 1 << 16))) return 0
  let room = 0
  let count = 0
  let leaves = 0
  let nodes: usize = 0
  for (let left = 1; left > 0 && fault() == 0; ) {
    if (count >= min(most, MOST_NODES)) {
      fail(CORRUPT)
      return 0
    }
    if (count == room) {
      const more = alloc(<usize>NODE * 1024)
      if (more == 0) {
        fail(TOO_LARGE)
        return 0
      }
      // Blocks follow each other with slack between: each is moved to where the list goes on.
      if (nodes == 0) nodes = more
      room = <i32>((more + NODE * 1024 - nodes) / NODE)
    }
    left--
    const node = nodes + <usize>count * NODE
    const property = readNumber(own, 1)
    if (property > 0) {
      if (property > MOST_PROPERTY + 1) {
        fail(CORRUPT)
        return 0
      }
      store<i32>(node, <i32>property - 1)
      store<i32>(node, signed(readNumber(own, 0)), 4)
      store<i32>(node, count + left + 1, 8)
      store<i32>(node, count + left + 2, 12)
      left += 2
    } else {
      const predictor = readNumber(own, 2)
      if (predictor >= PREDICTORS) fail(CORRUPT)
      store<i32>(node, -1)
      store<i32>(node, signed(readNumber(own, 3)), 4)
      const shift = readNumber(own, 4)
      const factor = readNumber(own, 5)
      if (shift >= 31 || ((<u64>factor + 1) << shift) > 0xffffffff) fail(CORRUPT)
      // Its context, until the codes are known.
      store<i32>(node, leaves++, 8)
      store<u32>(node, (factor + 1) << (shift & 31), 12)
      store<u32>(node, predictor, 16)
    }
    count++
  }
  if (fault() != 0 || !numbersWhole()) return 0
  // The codes that the tree was read by are not needed any more.
  memory.copy(mark, nodes, <usize>count * NODE)
  arenaRelease(mark)
  tree.nodes = alloc(<usize>count * NODE)
  tree.count = count
  if (tree.nodes == 0 || tree.nodes != ((mark + 15) & ~15)) {
    fail(TOO_LARGE)
    return 0
  }
  if (!isShallow(tree)) return 0
  const code = readCode(leaves)
  if (!code) return 0
  tree.code = changetype<usize>(code)
  for (let i: usize = 0; i < <usize>count; i++) {
    const node = tree.nodes + i * NODE
    if (load<i32>(node) < 0) store<i32>(node, <i32>load<u8>(code.clusters + load<u32>(node, 8)), 8)
  }
  return changetype<usize>(tree)
}

/** Children follow their parents, so one pass gives every depth. */
function isShallow(tree: Tree): bool {
  const mark = arenaMark()
  const depths = alloc(<usize>tree.count << 1)
  if (depths == 0) return fail(TOO_LARGE)
  store<u16>(depths, 0)
  for (let i = 0; i < tree.count; i++) {
    const node = tree.nodes + <usize>i * NODE
    if (load<i32>(node) < 0) continue
    const depth = load<u16>(depths + (<usize>i << 1)) + 1
    if (<i32>depth > DEEPEST) return fail(CORRUPT)
    store<u16>(depths + (<usize>load<i32>(node, 8) << 1), depth)
    store<u16>(depths + (<usize>load<i32>(node, 12) << 1), depth)
  }
  arenaRelease(mark)
  return true
}

// What a tree that was pruned asks for.
/** The highest property; -1 where it is one leaf. */
export let prunedMost: i32 = -1
/** Whether all its properties are the weighted predictor's error, and all its predictors that. */
export let prunedWeighted: bool = false
/** Whether the weighted predictor is needed at all. */
export let prunedWeights: bool = false

/**
 * What is left of a tree for one channel of one stream, whose first two properties are those numbers. The nodes lie in
 * the arena; returns the first, 0 after a fault.
 */
export function pruneTree(tree: Tree, channel: i32, stream: i32): usize {
  const nodes = alloc(<usize>tree.count * NODE)
  const stack = alloc(<usize>(tree.count + 2) * 8)
  if (nodes == 0 || stack == 0) {
    fail(TOO_LARGE)
    return 0
  }
  prunedMost = -1
  prunedWeighted = true
  prunedWeights = false
  let count = 1
  let depth = 1
  // On the stack: the node of the tree, and where what is left of it goes.
  store<u32>(stack, 0)
  store<u32>(stack, 0, 4)
  while (depth > 0) {
    depth--
    let from = load<u32>(stack + (<usize>depth << 3))
    const to = nodes + <usize>load<u32>(stack + (<usize>depth << 3), 4) * NODE
    let node = tree.nodes + <usize>from * NODE
    let property = load<i32>(node)
    while (property == 0 || property == 1) {
      const value = property == 0 ? channel : stream
      from = value > load<i32>(node, 4) ? load<u32>(node, 8) : load<u32>(node, 12)
      node = tree.nodes + <usize>from * NODE
      property = load<i32>(node)
    }
    memory.copy(to, node, NODE)
    if (property < 0) {
      if (load<u32>(node, 16) == 6) prunedWeights = true
      else prunedWeighted = false
      continue
    }
    prunedMost = max(prunedMost, property)
    if (property == 15) prunedWeights = true
    else prunedWeighted = false
    // Children by their place in bytes.
    store<u32>(to, <u32>(nodes + <usize>count * NODE), 8)
    store<u32>(to, <u32>(nodes + <usize>(count + 1) * NODE), 12)
    const top = stack + (<usize>depth << 3)
    store<u32>(top, load<u32>(node, 8))
    store<u32>(top, count, 4)
    store<u32>(top, load<u32>(node, 12), 8)
    store<u32>(top, count + 1, 12)
    depth += 2
    count += 2
  }
  return nodes
}
