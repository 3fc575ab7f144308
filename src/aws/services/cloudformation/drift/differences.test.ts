import { expect, test } from 'vitest'

import { differencesOf } from './differences.ts'

const tag = (Key: string, Value: string) => ({ Key, Value })

test.each([
  ['nothing', { A: 1, B: { C: true } }, { A: 1, B: { C: true } }, []],
  ['a number written as text', { A: '1' }, { A: 1 }, []],
  ['a value', { A: { B: 'x' } }, { A: { B: 'y' } }, ['/A/B NOT_EQUAL x y']],
  ['what is missing', { A: 1, B: { C: 1 } }, { A: 1 }, ['/B REMOVE {"C":1} null']],
  ['what was added', { A: {} }, { A: { B: 'x' } }, ['/A/B ADD null x']],
  ['the order of a list', { A: ['x', 'y'] }, { A: ['y', 'x'] }, []],
  ['an item that is gone', { A: ['x', 'y'] }, { A: ['x'] }, ['/A/1 REMOVE y null']],
  ['an item more', { A: ['x'] }, { A: ['w', 'x'] }, ['/A/1 ADD null w']],
  ['one of two that are alike', { A: ['x', 'x'] }, { A: ['x'] }, ['/A/1 REMOVE x null']],
  ['an item that is another', { A: ['x', 'y'] }, { A: ['x', 'z'] }, ['/A/1 NOT_EQUAL y z']],
  [
    'the value of a tag',
    { Tags: [tag('a', '1'), tag('b', '2')] },
    { Tags: [tag('b', '3'), tag('a', '1')] },
    ['/Tags/1/Value NOT_EQUAL 2 3'],
  ],
  ['a list for a text', { A: 'x' }, { A: ['x'] }, ['/A NOT_EQUAL x ["x"]']],
])('tells %s', (_name, expected, actual, differences) => {
  expect(
    differencesOf(expected, actual).map(
      (each) => `${each.PropertyPath} ${each.DifferenceType} ${each.ExpectedValue} ${each.ActualValue}`,
    ),
  ).toEqual(differences)
})
