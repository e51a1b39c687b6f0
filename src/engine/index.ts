// Everything the host may call. One line per module; see docs/architecture.md.
export { alloc, arenaLimit, arenaMark, arenaRelease, arenaReset, arenaUsed } from './arena'
export { blurPut, blurStart, blurTake } from './blur'
export { colourCmyk, colourCurve, colourCurve16, colourMatrix, colourMatrix16, colourNarrow } from './colour'
export { frameAddAlpha, frameDropAlpha } from './frame'
export {
  jpegEncDht,
  jpegEncDqt,
  jpegEncDrain,
  jpegEncEnd,
  jpegEncFull,
  jpegEncOutput,
  jpegEncRows,
  jpegEncStart,
  jpegEncTables,
  jpegEncTablesMade,
} from './jpeg-encode'
export * from './png'
export { orientRows } from './orient'
export {
  filterLuminance,
  filterSepia,
  filterTables,
  pixelsBands,
  pixelsCopy,
  pixelsFill,
  pixelsFlatten,
} from './pixels'
export { resizePull, resizePush, resizeStart } from './resize'
export { blurPut, blurStart, blurTake } from './blur'
export { frameAddAlpha, frameDropAlpha, frameNarrow } from './frame'
export { gifClear, gifFrameBegin, gifFrameFeed, gifPalette, gifWorkBytes } from './gif-decode'
export { jpegCmykToRgb } from './jpeg-decode-colour'
export {
  jpegDecBands,
  jpegDecBegin,
  jpegDecFed,
  jpegDecFlaws,
  jpegDecHeight,
  jpegDecOffset,
  jpegDecOpen,
  jpegDecRoom,
  jpegDecRowCount,
  jpegDecRows,
  jpegDecRun,
  jpegDecSpace,
  jpegDecWidth,
} from './jpeg-decode'
export { smartcropCount, smartcropShrink } from './smartcrop'
export { yccMatrix, yccNarrow, yccRow, yccUpsample } from './ycc'
