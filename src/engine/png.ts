// What the host may call of the PNG modules.
export { pngCrc } from './png-crc'
export {
  pngDecFeed,
  pngDecFinish,
  pngDecNext,
  pngDecOpen,
  pngDecPass,
  pngDecReady,
  pngDecRun,
  pngDecSkip,
  pngDecStride,
  pngDecStrip,
  pngDecUnread,
  pngDecWindow,
} from './png-decode'
export { pngDecColor, pngDecExpand, pngDecFormat } from './png-expand'
export { pngDecUnfilter } from './png-unfilter'
