import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../src/params/query'
import { checkTransformation } from '../../src/params/transformation'

const limits = { outputSide: 16_384 }

describe('parseQuery', () => {
  it('tells transformations, controls and labels apart', () => {
    const query = parseQuery(
      'w=100&pad-c=%23FF0000&profile=thumb&limit=-1&s=abc&exp=1&sw=1,2&sp=a,b&team=x+y&label:w=big&label:a=b',
      limits,
    )
    expect(query).toEqual({
      transformation: { width: 100, paddingColor: [255, 0, 0, 255] },
      profile: 'thumb',
      limit: -1,
      labels: { team: 'x y', w: 'big', a: 'b' },
      contradictory: false,
    })
  })

  it('reads every parameter', () => {
    const all =
      'w=1&h=16384&fit=crop&g=attention&format=jxl&r=270&f=v&filter=greyscale&blur=1.5&q=100&pad=3&pad-c=%2301020304&strip=xmp,exif&cs=p3'
    expect(parseQuery(all, limits).transformation).toEqual({
      width: 1,
      height: 16_384,
      fit: 'crop',
      gravity: 'attention',
      format: 'jxl',
      rotate: 270,
      flip: 'v',
      filter: 'grayscale',
      blur: 1.5,
      quality: 100,
      padding: 3,
      paddingColor: [1, 2, 3, 4],
      strip: ['exif', 'xmp'],
      colorSpace: 'p3',
    })
  })

  it('finds that one label cannot have two values', () => {
    expect(parseQuery('a=1&a=1', limits).contradictory).toBe(false)
    expect(parseQuery('a=1&label:a=2', limits).contradictory).toBe(true)
  })

  it('keeps the case of names: W is a label', () => {
    expect(parseQuery('W=5', limits).labels).toEqual({ W: '5' })
  })

  it.each([
    ['w=0', 'Expected an integer from 1 to 16384 for w but received "0"'],
    ['w=1.5', 'for w but received "1.5"'],
    ['w=', 'for w but received ""'],
    ['w=16385', 'for w but received "16385"'],
    ['h=-1', 'for h but received "-1"'],
    ['h=1e3', 'for h but received "1e3"'],
    ['fit=cover', 'Expected one of fit, fill, stretch, crop for fit but received "cover"'],
    ['g=north', 'for g but received "north"'],
    ['format=bmp', 'for format but received "bmp"'],
    ['r=45', 'for r but received "45"'],
    ['f=x', 'for f but received "x"'],
    ['filter=blue', 'for filter but received "blue"'],
    ['blur=151', 'Expected a number from 0 to 150 for blur but received "151"'],
    ['blur=-1', 'for blur but received "-1"'],
    ['q=0', 'Expected an integer from 1 to 100 for q but received "0"'],
    ['q=101', 'for q but received "101"'],
    ['pad=-1', 'for pad but received "-1"'],
    ['pad-c=red', 'for pad-c but received "red"'],
    ['pad-c=%23F00', 'for pad-c but received "#F00"'],
    ['strip=gps', 'Expected a comma list of exif, iptc, xmp for strip but received "gps"'],
    ['strip=', 'for strip but received ""'],
    ['cs=cmyk', 'for cs but received "cmyk"'],
    ['limit=0', 'Expected an integer from 1, or -1 for all for limit but received "0"'],
    ['limit=x', 'for limit but received "x"'],
    ['profile=', 'for profile but received ""'],
    ['exp=soon', 'for exp but received "soon"'],
    ['sw=a', 'for sw but received "a"'],
    ['w=1&w=1', 'Expected w once but received it again with "1"'],
    ['s=a&s=b', 'Expected s once but received it again with "b"'],
    ['label:=x', 'Expected a label key'],
    ['=x', 'Expected a label key'],
  ])('refuses %s', (query, message) => {
    expect(() => parseQuery(query, limits)).toThrow(message)
  })
})

describe('rules between parameters', () => {
  it.each([
    [{ fit: 'fill' }, 'Expected both w and h for fit=fill but received neither'],
    [{ fit: 'stretch', width: 5 }, 'Expected both w and h for fit=stretch but received w=5'],
    [{ fit: 'crop', height: 5 }, 'Expected both w and h for fit=crop but received h=5'],
    [{ rotate: 'auto', flip: 'h' }, 'Expected no f beside r=auto but received "h"'],
  ] as const)('refuses %j', (asked, message) => {
    expect(() => checkTransformation(asked)).toThrow(message)
  })

  it('accepts what goes together', () => {
    checkTransformation({ fit: 'fill', width: 1, height: 1 })
    checkTransformation({ rotate: 'auto', flip: 'none' })
    checkTransformation({ fit: 'fit', width: 1 })
  })
})
