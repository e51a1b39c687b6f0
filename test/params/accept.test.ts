import { expect, it } from 'vitest'
import { negotiate } from '../../src/params/accept'

const own = { format: null, others: [], refused: [], instead: null }

it.each([
  [null, own],
  ['', own],
  ['*/*', own],
  ['image/*', own],
  ['image/webp', { ...own, format: 'webp' }],
  ['IMAGE/WEBP ; Q=0.5', { ...own, format: 'webp' }],
  ['image/avif, image/webp;q=0.8', { ...own, format: 'avif' }],
  ['image/avif;q=0.7, image/webp;q=0.8', { ...own, format: 'webp' }],
  ['image/webp, image/avif', { ...own, format: 'webp' }],
  // Chrome, Firefox and Safari, for pictures.
  ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', { ...own, format: 'avif' }],
  ['image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5', { ...own, format: 'avif' }],
  [
    'image/webp,image/avif,image/jxl,image/heic,video/*;q=0.8,image/png,*/*;q=0.5',
    { ...own, format: 'webp' },
  ],
  ['*/*, image/png', { ...own, format: 'png' }],
  ['*/*, image/png;q=0.9', own],
  ['text/html, image/svg+xml', null],
  ['image/webp;q=0', null],
  ['*/*;q=0', null],
  ['image/webp;q=0, text/html', null],
  ['image/jpeg;q=0, image/*', { ...own, refused: ['jpg'], instead: 'png' }],
  ['image/png;q=0.001', { ...own, format: 'png' }],
  ['image/png;q=2', null],
  ['image/png;q=high, image/gif', { ...own, format: 'gif' }],
  [',;,', null],
  ['*/png', null],
  ['image/*;q=0, */*', null],
  ['*/*;q=0, image/*', own],
  ['image/webp, image/*;q=0, */*;q=0.5', { ...own, format: 'webp' }],
  ['image/*;q=0.2, image/webp;q=0.4, */*;q=0.9', { ...own, format: 'webp' }],
])('%s', (accept, wanted) => {
  const negotiated = negotiate(accept)
  expect(negotiated && { ...negotiated, others: [] }).toEqual(wanted)
})

it.each([
  [null, []],
  ['image/*', []],
  ['image/avif', []],
  ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', ['webp', null]],
  ['image/avif,image/webp,*/*;q=0.8', ['webp', null]],
  ['image/avif;q=0.7, image/webp;q=0.8, image/jpeg;q=0', ['avif']],
  ['image/webp, image/webp;q=0.5, image/gif;q=0.1', ['gif']],
  ['*/*, image/png;q=0.5', ['png']],
])('%s admits others: %j', (accept, others) => {
  expect(negotiate(accept)?.others).toEqual(others)
})

it('remembers beside a format what the original must not be', () => {
  expect(negotiate('image/avif, image/jpeg;q=0, */*;q=0.5')).toEqual({
    format: 'avif',
    others: [null],
    refused: ['jpg'],
    instead: 'png',
  })
})
