// Pictures in more than one scan: progressive ones, and sequential ones whose components come one
// after the other. The coefficients that the scaled transform uses are held until the last scan, band by
// band (jpeg-decode-bands.ts).
import { Block, decodeMcus } from './jpeg-decode-baseline'
import { MAX_SCANS, goOn, historyRow, note, recall, storedBlock } from './jpeg-decode-bands'
import { exhaust, beginScan, restart } from './jpeg-decode-scan'
import { refillClean, starved } from './jpeg-decode-input'
import { readyTable } from './jpeg-decode-huffman'
import { decodeAcFirst, decodeAcRefine, decodeDcFirst, decodeDcRefine, sink } from './jpeg-decode-progressive'
import {
  BATCH,
  BLOCK_BYTES,
  Component,
  ERR_CORRUPT,
  ERR_SCANS,
  GO_ON,
  MAX_BLOCKS,
  NEED_INPUT,
  component,
  d,
  scanned,
} from './jpeg-decode-state'

/** Whether the scan whose header was read holds anything that this decode needs. */
export function scanMatters(): bool {
  if (d.spectralStart == 0) return true
  return scanned(0).size > 1
}

/** Starts the scan whose header was read. GO_ON or an error. */
export function beginBuffered(): i32 {
  if (d.scans > MAX_SCANS) return ERR_SCANS
  beginScan()
  const single = d.scanComponents == 1
  const c = scanned(0)
  d.unitsWide = single ? c.blocksWide : d.mcusWide
  // What lies below the band is not looked at: the next segment is found by its marker.
  d.unitsHigh = single ? min(c.blocksHigh, d.bandEnd * c.v) : d.bandEnd
  d.unitsLeft = d.firstBatch * BATCH * (single ? c.h : 1)
  d.unitsRight = d.endBatch * BATCH * (single ? c.h : 1)
  let blocks = 0
  for (let i = 0; i < d.scanComponents; i++) {
    const s = scanned(i)
    if (d.spectralStart == 0 && d.approxHigh == 0 && !readyTable(s.dc, true)) return ERR_CORRUPT
    if (d.spectralEnd > 0 && !readyTable(s.ac, false)) return ERR_CORRUPT
    blocks += s.h * s.v
  }
  if (!single && blocks > MAX_BLOCKS) return ERR_CORRUPT
  if (!recall()) {
    d.damaged = 1
    d.mcuRow = d.unitsHigh
  }
  return GO_ON
}

/** Writes the block list of one row of the scan, within the columns that are held or beside them. */
function listRow(row: i32, within: bool): void {
  const single = d.scanComponents == 1
  let n = 0
  for (let i = 0; i < d.scanComponents; i++) {
    const c = scanned(i)
    const h = single ? 1 : c.h
    const v = single ? 1 : c.v
    for (let y = 0; y < v; y++) {
      const blockRow = row * v + y
      const isHeld = within && blockRow >= d.keepStart * c.v
      for (let x = 0; x < h; x++, n++) {
        const block = changetype<Block>(d.blocks + n * offsetof<Block>())
        block.component = changetype<usize>(c)
        block.dc = c.dc
        block.ac = c.ac
        block.slots = c.storeSlots
        block.kept = isHeld ? c.kept : 0
        block.keep = c.keep
        block.outStep = isHeld ? <usize>h * c.storeBytes : 0
        block.out = isHeld ? storedBlock(c, blockRow, x - d.firstBatch * BATCH * c.h) : sink
        block.history = historyRow(c, blockRow)
        block.last = sink
        block.lastStep = 0
      }
    }
  }
  d.blockCount = n
}

/** Decodes the rest of what the band has of the running scan. GO_ON when it is over, or NEED_INPUT. */
export function decodeScan(): i32 {
  if (d.takingUp) {
    const status = goOn()
    if (status != GO_ON) return status
  }
  while (d.mcuRow < d.unitsHigh) {
    // Where no restart marker is to come, the rest stays as it is.
    if (d.exhausted && (d.restartInterval == 0 || d.marker < 0xd0 || d.marker > 0xd7)) break
    const status = decodeUnits()
    if (status != GO_ON) return status
    d.mcuRow++
    d.batchDone = 0
  }
  note()
  return GO_ON
}

function decodeUnits(): i32 {
  let listed = -1
  while (d.batchDone < d.unitsWide) {
    // The row has up to three parts: left of the columns that are held, those, and right of them.
    const edge = d.batchDone < d.unitsLeft ? d.unitsLeft : d.batchDone < d.unitsRight ? d.unitsRight : d.unitsWide
    if (edge != listed) {
      listRow(d.mcuRow, edge == d.unitsRight)
      listed = edge
    }
    let todo = min(edge, d.unitsWide) - d.batchDone
    if (d.restartInterval) {
      if (d.restartsLeft == 0) {
        const status = restart()
        if (status != GO_ON) return status
      }
      todo = min(todo, d.restartsLeft)
    }
    let done = todo
    if (!d.exhausted) {
      if (starved() && d.eobRun == 0) {
        if (d.marker != 0) exhaust()
        else if (!refillClean()) return NEED_INPUT
        continue
      }
      done = decodeSome(d.batchDone, d.batchDone + todo) - d.batchDone
      if (done == 0 && starved()) {
        // In a run of blocks without new coefficients that still have correction bits.
        if (d.marker != 0) exhaust()
        else if (!refillClean()) return NEED_INPUT
      }
    }
    d.batchDone += done
    d.work += done
    if (d.restartInterval) d.restartsLeft -= done
  }
  return GO_ON
}

function decodeSome(from: i32, to: i32): i32 {
  if (!d.progressive) return decodeSequential(from, min(to, from + BATCH))
  if (d.spectralStart == 0) return d.approxHigh == 0 ? decodeDcFirst(from, to) : decodeDcRefine(from, to)
  return d.approxHigh == 0 ? decodeAcFirst(from, to) : decodeAcRefine(from, to)
}

/** Some units of a sequential scan: whole blocks first, then what is kept of them. */
function decodeSequential(from: i32, to: i32): i32 {
  const bytes = BLOCK_BYTES
  const list = d.skipBlocks
  memory.fill(d.units, 0, d.blockCount * BATCH * bytes)
  memory.copy(list, d.blocks, d.blockCount * offsetof<Block>())
  for (let i = 0; i < d.blockCount; i++) {
    const block = changetype<Block>(list + i * offsetof<Block>())
    block.out = d.units + i * bytes - from * d.blockCount * bytes
    block.outStep = d.blockCount * bytes
  }
  const done = decodeMcus(from, to, list)
  for (let i = 0; i < d.blockCount; i++) {
    const block = changetype<Block>(d.blocks + i * offsetof<Block>())
    const c = changetype<Component>(block.component)
    if (block.outStep == 0) continue
    for (let unit = from; unit < done; unit++) {
      const at = d.units + ((unit - from) * d.blockCount + i) * bytes
      memory.copy(block.out + <usize>unit * block.outStep, at, c.storeBytes)
    }
  }
  return done
}

/** Puts the stored coefficients of one batch of MCU row `d.mcuRow` where the transforms expect them. */
export function gatherBatch(batch: i32): void {
  memory.fill(d.coefs, 0, d.coefBytes)
  for (let i = 0; i < d.components; i++) {
    const c = component(i)
    const across = BATCH * c.h
    const first = (batch - d.firstBatch) * across
    const count = min(across, c.storeWide - first)
    for (let v = 0; v < c.v; v++) {
      const row = d.mcuRow * c.v + v
      const from = storedBlock(c, row, first)
      if (c.size == 8) gatherBlocks(c, v, row, batch * across, count, from)
      else gatherArrays(c, v, count, from)
    }
  }
}

/** Blocks of 64, and the index of their last coefficient that is not zero. */
function gatherBlocks(c: Component, v: i32, row: i32, first: i32, count: i32, from: usize): void {
  for (let x = 0; x < count; x++, from += 128) {
    const n = (x / c.h) * c.h * c.v + v * c.h + (x % c.h)
    memory.copy(c.coefs + n * BLOCK_BYTES, from, 128)
    let last = 63
    if (c.history) {
      const history = load<u64>(historyRow(c, row) + ((first + x) << 3))
      last = history == 0 ? 0 : 63 - <i32>clz(history)
    }
    store<u8>(c.last + n, last)
  }
}

/** Coefficient n of all blocks in one array. */
function gatherArrays(c: Component, v: i32, count: i32, from: usize): void {
  const pitch = BATCH * c.h * 2
  const coefficients = c.size * c.size
  let to = c.coefs + v * pitch * (c.size == 1 ? 1 : coefficients + 1)
  for (let x = 0; x < count; x++, to += 2) {
    let at = to
    for (let n = 0; n < coefficients; n++, from += 2, at += pitch) store<i16>(at, load<i16>(from))
  }
}
