// Tests which answers differ, and how differences are put together.
import { expect, it } from 'vitest'

import { difference, groupsOf, type Answer, type Asked } from './compare.ts'

const asked: Asked = { seed: 'Pod x', verb: 'create', path: ['spec', 'containers', 0, 'name'], value: '' }

function refused(...messages: readonly string[]): Answer {
  const causes = messages.map((message) => ({ field: 'f', reason: 'FieldValueInvalid', message }))
  return { status: 422, body: { details: { causes } }, warnings: [] }
}

function taken(body: object, ...warnings: string[]): Answer {
  return { status: 201, body, warnings }
}

it('tells what only one of two takes, with what the other says', () => {
  expect(difference(asked, taken({}), refused('a'))).toMatchObject({
    sort: 'only-here',
    theirs: ['422 f FieldValueInvalid: a'],
  })
  expect(difference(asked, refused('a'), taken({}))).toMatchObject({ sort: 'only-there' })
})

it('compares causes, objects and warnings, each side without what both say', () => {
  expect(difference(asked, refused('a', 'b'), refused('b', 'c'))).toMatchObject({
    sort: 'refused',
    ours: ['422 f FieldValueInvalid: a'],
    theirs: ['422 f FieldValueInvalid: c'],
  })
  expect(difference(asked, taken({ a: 1 }), taken({ a: 2 }))).toMatchObject({
    sort: 'stored',
    ours: ['.a: 1'],
    theirs: ['.a: 2'],
  })
  expect(difference(asked, taken({}), taken({}, 'w'))).toMatchObject({ sort: 'warned', theirs: ['w'] })
})

it('leaves alone what each server makes anew', () => {
  const object = (uid: string, at: string) => ({ metadata: { uid, name: 'x' }, made: at })
  const near = taken(object('1', '2026-11-28T10:00:00Z'))
  expect(difference(asked, near, taken(object('2', '2026-11-28T10:00:05Z')))).toBeUndefined()
})

it('puts together what differs in one place in one way', () => {
  const of = (index: number, message: string) =>
    difference({ ...asked, path: ['spec', 'containers', index] }, taken({}), refused(message)) ?? []
  const groups = groupsOf([of(0, 'Invalid value: "a"'), of(1, 'Invalid value: "b"'), of(2, 'other')].flat())
  expect(groups.map(({ place, count }) => [place, count])).toEqual([
    ['spec.containers', 2],
    ['spec.containers', 1],
  ])
})
