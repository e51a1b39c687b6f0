// Makes the npm codecs usable in a Worker, at build time: reads their Emscripten glue and WASM
// from node_modules, patches them, and writes build/codecs/. Nothing patched is committed, and a
// package that no longer looks as expected fails the build instead of the first request.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shrinkMemory } from './wasm-memory.mjs'

/** What is patched: our name, the package's glue and WASM, and which patches they take. */
const CODECS = [
  { name: 'webp-encode', from: '@jsquash/webp/codec/enc/webp_enc_simd', patches: [embind] },
  { name: 'mozjpeg-encode', from: '@jsquash/jpeg/codec/enc/mozjpeg_enc', patches: [embind] },
  {
    name: 'av1-frame',
    from: 'ogv/dist/ogv-decoder-video-av1-simd-wasm',
    patches: [dav1d],
    wasmPatches: [anyChroma],
  },
  { name: 'avif-encode', from: '@jsquash/avif/codec/enc/avif_enc', patches: [embind] },
  { name: 'jxl-decode', from: 'icodec/dist/jxl-dec', patches: [embind, embindWithoutEval] },
  { name: 'jxl-encode', from: 'icodec/dist/jxl-enc', patches: [embind, embindWithoutEval] },
  { name: 'heic-decode', from: 'libheif-js/libheif-wasm/libheif', patches: [libheif] },
]

/** Replaces the one occurrence of `what`; anything but one means that the package has changed. */
function replaceOnce(text, what, by) {
  const parts = text.split(what)
  if (parts.length !== 2) throw new Error(`expected 1 place of ${what} but found ${parts.length - 1}`)
  return parts.join(by)
}

/**
 * Embind glue copies bytes into std::string one at a time, hands pixels out as fresh arrays and
 * grows the heap by a fifth. Patched: bytes are copied at once, or not at all where the caller
 * has them in the codec's memory already (`{ wired: pointer }`); globals that C++ constructs come
 * from `Module.globals`, so that the caller can look at the pixels where they lie; the heap grows
 * by what is asked for; malloc and free are reachable.
 */
function embind(glue) {
  let text = replaceOnce(
    glue,
    'if(value instanceof ArrayBuffer){value=new Uint8Array(value)}',
    'if(value.wired){if(destructors!==null){destructors.push(_free,value.wired)}return value.wired}',
  )
  text = replaceOnce(text, 'for(var i=0;i<length;++i){HEAPU8[ptr+i]=value[i]}', 'HEAPU8.set(value,ptr)')
  text = replaceOnce(
    text,
    'Emval.toHandle(emval_get_global()[name])',
    'Emval.toHandle((Module["globals"]||{})[name]||emval_get_global()[name])',
  )
  text = replaceOnce(text, 'oldSize*(1+.2/cutDown)', 'oldSize+1048576/cutDown')
  return replaceOnce(text, 'var calledRun;', 'Module["malloc"]=_malloc;Module["free"]=_free;var calledRun;')
}

/** Embind glue that builds its invokers with `new Function`, which a Worker does not allow. */
function embindWithoutEval(glue) {
  const text = replaceOnce(
    glue,
    'newFunc(Function,args)(...closureArgs)',
    'function(...given){var destructors=[];' +
      'var wired=argTypes.slice(2).map((type,i)=>type.toWireType(destructors,given[i]));' +
      'var rv=cppInvokerFunc(cppTargetFunc,...wired);runDestructors(destructors);' +
      'return returns?argTypes[0].fromWireType(rv):undefined}',
  )
  return replaceOnce(
    text,
    'newFunc(Function,params)(...args)',
    '(obj,func,destructorsRef,args)=>{var at=0;' +
      'var values=types.map(type=>{var value=type.readValueFromPointer(args+at);at+=type.argPackAdvance;return value});' +
      'var rv=kind===1?Reflect.construct(func,values):func.apply(obj,values);' +
      'if(!retType.isVoid)return emval_returnValue(retType,destructorsRef,rv)}',
  )
}

/** nodejs_compat makes this glue believe that it runs in Node; it is CommonJS, too. */
function libheif(glue) {
  const text = replaceOnce(
    glue,
    'typeof exports=="object"&&typeof module=="object"?module.exports=libheif:' +
      'typeof define=="function"&&define.amd&&define([],()=>libheif);',
    'export default libheif;',
  )
  return `var process=undefined,__dirname="/",__filename="/",document=undefined;\n${text}`
}

/**
 * dav1d as ogv.js builds it for its player. Patched: planes are looked at where they lie (`onFrame`) instead of
 * copied, the heap grows by what is asked for, and the whole look-out for surroundings finds none.
 */
function dav1d(glue) {
  let text = replaceOnce(
    glue,
    'g:function(a,c,e,d,g,l,v,r,x,f,w,m,q,t,h,B){',
    'g:function(a,c,e,d,g,l,v,r,x,f,w,m,q,t,h,B){return b.onFrame([a,e,g],[c,d,l],w,m);',
  )
  text = replaceOnce(text, 'var d=c*(1+.2/e)', 'var d=c+1048576/e')
  text = replaceOnce(
    text,
    "if (typeof exports === 'object' && typeof module === 'object')\n  module.exports = OGVDecoderVideoAV1SIMDW;\n" +
      "else if (typeof define === 'function' && define['amd'])\n  define([], () => OGVDecoderVideoAV1SIMDW);",
    'export default OGVDecoderVideoAV1SIMDW;',
  )
  return `var process=undefined,__filename="/",document=undefined,importScripts=undefined,window=undefined;\n${text}`
}

/**
 * The player's C aborts where chroma is not 4:2:0 (`frame->layout != 1`), though dav1d has decoded it. Patched
 * to `layout > 3`, which no layout is: local.get 0, i32.load offset=36, i32.const, i32.ne or i32.gt_u, br_if 1.
 */
function anyChroma(bytes) {
  const from = [0x20, 0x00, 0x28, 0x02, 0x24, 0x41, 0x01, 0x47, 0x0d, 0x01]
  const to = [0x20, 0x00, 0x28, 0x02, 0x24, 0x41, 0x03, 0x4b, 0x0d, 0x01]
  const latin1 = replaceOnce(
    bytes.toString('latin1'),
    String.fromCharCode(...from),
    String.fromCharCode(...to),
  )
  return Buffer.from(latin1, 'latin1')
}

/** Writes build/codecs/NAME.js and NAME.wasm for every codec. */
export function patchCodecs(root) {
  const out = join(root, 'build', 'codecs')
  mkdirSync(out, { recursive: true })
  for (const { name, from, patches, wasmPatches = [] } of CODECS) {
    const path = join(root, 'node_modules', from)
    try {
      const glue = patches.reduce((text, patch) => patch(text), readFileSync(`${path}.js`, 'utf8'))
      writeFileSync(
        join(out, `${name}.js`),
        `// Generated by scripts/patch-codecs.mjs from ${from}.js\n${glue}`,
      )
      const wasm = wasmPatches.reduce((bytes, patch) => patch(bytes), readFileSync(`${path}.wasm`))
      writeFileSync(join(out, `${name}.wasm`), shrinkMemory(wasm))
    } catch (error) {
      throw new Error(`${from} can't be patched: ${error.message}`)
    }
  }
}
