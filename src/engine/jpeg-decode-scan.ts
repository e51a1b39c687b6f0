// Sequential decoding, MCU row by MCU row: batches of MCUs, restart intervals (T.81 E.2.4), and
// what happens where the data ends too early.
import { decodeMcus } from './jpeg-decode-baseline'
import { beginSegment, refillClean, skipToMarker, starved } from './jpeg-decode-input'
import { transformBatch } from './jpeg-decode-output'
import { BATCH, GO_ON, NEED_INPUT, d, scanned } from './jpeg-decode-state'

/** Starts a scan's entropy-coded data. */
export function beginScan(): void {
  beginSegment()
  d.nextRestart = 0
  d.restartsLeft = d.restartInterval
  d.eobRun = 0
  d.mcuRow = 0
  d.batch = 0
  d.batchDone = 0
}

/** The data is over before the scan is: what is left of the segment stays grey. */
export function exhaust(): void {
  d.exhausted = 1
  if (d.marker == -1) d.truncated = 1
  else d.damaged = 1
}

/**
 * At the end of a restart interval: goes past the expected marker. Where another marker comes, it
 * does as libjpeg (`jpeg_resync_to_restart`): one that is due later leaves this interval empty,
 * one that is overdue is passed over.
 */
export function restart(): i32 {
  while (true) {
    if (!skipToMarker()) return NEED_INPUT
    const marker = d.marker
    if (marker < 0xc0 && marker > 0) {
      beginSegment()
      continue
    }
    d.restartsLeft = d.restartInterval
    const due = d.nextRestart
    if (marker < 0xd0 || marker > 0xd7) {
      exhaust()
      break
    }
    const ahead = (marker - 0xd0 - due) & 7
    if (ahead == 1 || ahead == 2) {
      exhaust()
      break
    }
    beginSegment()
    if (ahead == 6 || ahead == 7) {
      d.damaged = 1
      continue
    }
    break
  }
  d.nextRestart = (d.nextRestart + 1) & 7
  d.eobRun = 0
  for (let i = 0; i < d.scanComponents; i++) scanned(i).pred = 0
  return GO_ON
}

/** Decodes the rest of the current MCU row. GO_ON when it is there, or NEED_INPUT. */
export function decodeMcuRow(): i32 {
  const rowWanted = d.mcuRow >= d.firstRow && d.mcuRow < d.endRow
  const batches = (d.mcusWide + BATCH - 1) / BATCH
  while (d.batch < batches) {
    const wanted = rowWanted && d.batch >= d.firstBatch && d.batch < d.endBatch
    if (wanted && d.batchDone == 0) memory.fill(d.coefs, 0, d.coefBytes)
    const status = decodeBatch(min(BATCH, d.mcusWide - d.batch * BATCH), wanted ? d.blocks : d.skipBlocks)
    if (status != GO_ON) return status
    if (wanted) transformBatch(d.batch)
    d.batch++
    d.batchDone = 0
  }
  d.batch = 0
  return GO_ON
}

function decodeBatch(count: i32, list: usize): i32 {
  while (d.batchDone < count) {
    let todo = count - d.batchDone
    if (d.restartInterval) {
      if (d.restartsLeft == 0) {
        const status = restart()
        if (status != GO_ON) return status
      }
      todo = min(todo, d.restartsLeft)
    }
    let done = todo
    if (!d.exhausted) {
      if (starved()) {
        if (d.marker != 0) exhaust()
        else if (!refillClean()) return NEED_INPUT
        continue
      }
      done = decodeMcus(d.batchDone, d.batchDone + todo, list) - d.batchDone
    }
    d.batchDone += done
    d.work += done
    if (d.restartInterval) d.restartsLeft -= done
  }
  return GO_ON
}
