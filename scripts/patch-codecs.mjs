// Makes the npm codecs usable in a Worker, at build time: reads their Emscripten glue and WASM
// from node_modules, patches them, and writes build/codecs/. Nothing patched is committed, and a
// package that no longer looks as expected fails the build instead of the first request.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { shrinkMemory } from './wasm-memory.mjs'

/** What is patched: our name, the package's glue and WASM, and which patches it takes. */
const CODECS = [
  { name: 'webp-decode', from: '@jsquash/webp/codec/dec/webp_dec', patches: [embind] },
  { name: 'webp-encode', from: '@jsquash/webp/codec/enc/webp_enc_simd', patches: [embind] },
  { name: 'mozjpeg-encode', from: '@jsquash/jpeg/codec/enc/mozjpeg_enc', patches: [embind] },
  { name: 'avif-decode', from: '@jsquash/avif/codec/dec/avif_dec', patches: [embind] },
  { name: 'avif-encode', from: '@jsquash/avif/codec/enc/avif_enc', patches: [embind] },
  { name: 'jxl-decode', from: 'icodec/dist/jxl-dec', patches: [embind, embindWithoutEval] },
  { name: 'jxl-encode', from: 'icodec/dist/jxl-enc', patches: [embind, embindWithoutEval] },
  { name: 'heic-decode', from: 'libheif-js/libheif-wasm/libheif', patches: [libheif] },
  { name: 'lcms', from: 'lcms-wasm/dist/lcms', patches: [lcms] },
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
 * nodejs_compat makes this glue believe that it runs in Node, where it would load Node's modules by the
 * URL of its own file: a bundle has none. Neither a browser's nor a shell's branch fits a Worker, so
 * the whole look-out for surroundings goes.
 */
function lcms(glue) {
  const from = 'if(ENVIRONMENT_IS_NODE){'
  const to = 'else{throw new Error("environment detection error")}'
  const start = glue.indexOf(from)
  const end = glue.indexOf(to)
  if (start < 0 || end < start) throw new Error(`expected ${from} … ${to}`)
  return (glue.slice(0, start) + glue.slice(end + to.length)).replaceAll('import.meta.url', '"file:///"')
}

/** Writes build/codecs/NAME.js and NAME.wasm for every codec. */
export function patchCodecs(root) {
  const out = join(root, 'build', 'codecs')
  mkdirSync(out, { recursive: true })
  for (const { name, from, patches } of CODECS) {
    const path = join(root, 'node_modules', from)
    try {
      const glue = patches.reduce((text, patch) => patch(text), readFileSync(`${path}.js`, 'utf8'))
      writeFileSync(
        join(out, `${name}.js`),
        `// Generated by scripts/patch-codecs.mjs from ${from}.js\n${glue}`,
      )
      writeFileSync(join(out, `${name}.wasm`), shrinkMemory(readFileSync(`${path}.wasm`)))
    } catch (error) {
      throw new Error(`${from} can't be patched: ${error.message}`)
    }
  }
}
