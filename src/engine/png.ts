// What the host may call of the PNG modules.
export { pngCrc } from './png-crc'
export {
  pngDecFeed,
  pngDecFinish,
  pngDecNext,
  pngDecOpen,
  pngDecPass,
  pngDecReady,
  pngDecReuse,
  pngDecRun,
  pngDecSkip,
  pngDecStride,
  pngDecStrip,
  pngDecUnread,
  pngDecWindow,
} from './png-decode'
export { pngDecClone, pngDecScatter, pngDecSpread } from './png-adam7'
export { pngDecColor, pngDecFormat } from './png-expand'
export { pngDecWork } from './png-inflate'
export { pngDecUnfilter } from './png-unfilter'
export { pngEncChunk, pngEncOpen, pngEncPack, pngEncRows, pngEncStart, pngEncStartPacked, pngEncStep, pngEncWanted } from './png-encode'
export { pngEncColor, pngEncColors, pngEncFromKind, pngEncGreyDepth, pngEncReplaying } from './png-encode-colors'
export { pngEncBestFilter, pngEncFilter } from './png-encode-filter'
