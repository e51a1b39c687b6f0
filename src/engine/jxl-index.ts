// Everything the host may call of the JPEG XL decoder, which is a module of its own: it is loaded when a picture needs it.
export { alloc, arenaLimit, arenaReset } from './arena'
export { jxlColour, jxlHeight, jxlImage, jxlOpen, jxlOut, jxlOutput, jxlRead, jxlStride, jxlWidth } from './jxl'
