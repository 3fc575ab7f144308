import { expect, it } from 'vitest'

import { placeFinder, type Place } from './yaml-places.ts'

const TEXT = 'a:\n  - b: "1"\n    c: 017 # d\n  - {e: \'f\'}\ng: |\n  h\ni:\n'
const find = placeFinder()

/** What stands in the text from the key on, and from the value on. */
function found(...path: (string | number)[]): unknown {
  const place: Place | undefined = find(TEXT, path)
  return place && [TEXT.slice(place.key).slice(0, 3), TEXT.slice(place.value).slice(0, 3), place.source]
}

it('knows where keys and values begin, and what is written', () => {
  expect(found()).toEqual(['a:\n', 'a:\n', undefined])
  expect(found('a')).toEqual(['a:\n', '- b', undefined])
  expect(found('a', 0)).toEqual(['b: ', 'b: ', undefined])
  expect(found('a', 0, 'b')).toEqual(['b: ', '"1"', '1'])
  expect(found('a', 0, 'c')).toEqual(['c: ', '017', '017'])
  expect(found('a', 1, 'e')).toEqual(['e: ', "'f'", 'f'])
})

it('finds the nearest ancestor of what is not there', () => {
  expect(found('a', 0, 'x', 'y')).toEqual(['b: ', 'b: ', undefined])
  expect(found('a', 7)).toEqual(['a:\n', '- b', undefined])
})

it('leaves texts in blocks and empty values to the other library', () => {
  expect(find(TEXT, ['g'])).toBeUndefined()
  expect(find(TEXT, ['i'])).toBeUndefined()
})
