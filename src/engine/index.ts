// Everything the host may call. One line per module; see docs/architecture.md.
export { alloc, arenaLimit, arenaMark, arenaPeak, arenaRelease, arenaReset, arenaUsed } from './arena'
export { blurPut, blurStart, blurTake } from './blur'
export { colourCmyk, colourCurve, colourCurve16, colourHdr, colourMatrix, colourMatrix16, colourNarrow } from './colour'
export { colourInks, colourLights, colourLights16 } from './colour-grid'
export { colourNodes } from './colour-nodes'
export {
  jpegEncChroma,
  jpegEncDht,
  jpegEncDqt,
  jpegEncDrain,
  jpegEncEnd,
  jpegEncFull,
  jpegEncLuma,
  jpegEncOutput,
  jpegEncPlanes,
  jpegEncRows,
  jpegEncStart,
  jpegEncStride,
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
export { frameAddAlpha, frameDropAlpha, frameNarrow, framePick, frameStretch, frameUnmultiply, frameWiden } from './frame'
export { gifClear, gifFrameBegin, gifFrameFeed, gifPalette, gifWork, gifWorkBytes } from './gif-decode'
export {
  jpegDecBands,
  jpegDecBegin,
  jpegDecFed,
  jpegDecFlaws,
  jpegDecGap,
  jpegDecHeight,
  jpegDecLeftOut,
  jpegDecOffset,
  jpegDecOpen,
  jpegDecPlanar,
  jpegDecPlane,
  jpegDecPlaneColumns,
  jpegDecPlaneHeight,
  jpegDecPlaneLeft,
  jpegDecPlaneRows,
  jpegDecPlaneStride,
  jpegDecPlaneTop,
  jpegDecPlaneWidth,
  jpegDecRoom,
  jpegDecRowCount,
  jpegDecRows,
  jpegDecRun,
  jpegDecSpace,
  jpegDecWidth,
  jpegDecWork,
} from './jpeg-decode'
export { smartcropCount, smartcropShrink } from './smartcrop'
export { yccMatrix, yccNarrow, yccRow, yccUpsample } from './ycc'
export { yccDeepMatrix, yccDeepRow, yccDeepTerms, yccDeepUpsample, yccWiden } from './ycc-deep'
// The JPEG decoder's kernels, for the tests that compare them with their plain twins.
export { interleave3 as jpegInterleave3, interleave4 as jpegInterleave4, rgbFromYcc as jpegRgbFromYcc } from './jpeg-decode-colour'
export { jpegDecTablesMade } from './jpeg-decode-huffman'
export { idct8 as jpegIdct8, idct8Flat as jpegIdct8Flat, idct8Sparse as jpegIdct8Sparse } from './jpeg-decode-idct'
export { idct1 as jpegIdct1, idct2 as jpegIdct2, idct4 as jpegIdct4, idct4Flat as jpegIdct4Flat } from './jpeg-decode-idct-scaled'
export { repeatH2 as jpegRepeatH2, triangleH2 as jpegTriangleH2, triangleH2V2 as jpegTriangleH2V2, triangleV2 as jpegTriangleV2 } from './jpeg-decode-upsample'
export { diffBlocks, diffBounds, diffClear, diffCut, diffDraw, diffErases, diffMask, diffMerge, diffOpaque, diffPunch, diffSettle, diffSoft, diffThreshold, diffUnrest } from './diff'
export { gifEncodeBegin, gifEncodeBytes, gifEncodeFeed, gifEncodeMost, gifLoosen, gifShow } from './gif-encode'
export { paletteBegin, paletteBytes, paletteColours, paletteCount, paletteUse } from './palette'
export { paletteFewer, paletteFit, paletteMake } from './palette-cut'
export { paletteError, paletteMap } from './palette-map'
export { vp8EncDrain, vp8EncOutput, vp8EncPartition, vp8EncRows, vp8EncStart } from './vp8-encode'
export { vp8AlphaOpen } from './vp8-alpha'
export { vp8Next, vp8Open, vp8Out } from './vp8-decode'
export {
  hevcEncDrain,
  hevcEncEnded,
  hevcEncOutput,
  hevcEncPart,
  hevcEncReconstruction,
  hevcEncRows,
  hevcEncStart,
  hevcEncStride,
  hevcEncWaits,
} from './hevc-encode'
export { vp8lOpen } from './vp8l-decode'
export { vp8lBitsTaken } from './vp8l-decode-codes'
export { vp8lRowsFed, vp8lRowsNext, vp8lRowsOpen } from './vp8l-rows'
// The HEVC encoder's kernels, for the tests that compare them with their plain twins.
export { hadamard as hevcHadamard, squares as hevcSquares, unrest as hevcUnrest } from './hevc-encode-difference'
export { readEdge as hevcReadEdge, smoothEdge as hevcSmoothEdge } from './hevc-encode-edges'
export { predict as hevcPredict } from './hevc-encode-predict'
export { hevcKernels, hevcScratch } from './hevc-encode-scratch'
export { forward as hevcForward, inverse as hevcInverse } from './hevc-encode-transform'
