// Owns what the real controller has made, as it is kept: a line an object, without attributes that have their usual value.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../support/program.ts'
import type { Json } from './observe.ts'
import type { Course } from './scenario.ts'
import type { Suite } from './suites.ts'

type Objects = Readonly<Record<string, Json>>

/** What a controller has made of the cases, as it is kept. */
export interface Recorded {
  /** Values of attributes that are left out. */
  readonly usual: Readonly<Record<string, string>>
  readonly refused: readonly string[]
  readonly made: Objects
  /** What was another thing after the changes. */
  readonly changed: Objects
}

function pathOf({ name }: Suite): string {
  return join(root, `test/load-balancers/${name}.txt`)
}

/** What the real controller has made of a suite. */
export function readRecorded(suite: Suite): Recorded {
  // The file is written by the next function.
  return JSON.parse(readFileSync(pathOf(suite), 'utf8')) as Recorded
}

export function writeRecorded(suite: Suite, { usual, refused, made, changed }: Recorded): void {
  const lines = (objects: Objects): string =>
    Object.entries(objects)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(',\n')
  const parts = [
    `"usual": ${JSON.stringify(usual)}`,
    `"refused": ${JSON.stringify(refused)}`,
    `"made": {\n${lines(made)}\n}`,
    `"changed": {\n${lines(changed)}\n}`,
  ]
  writeFileSync(pathOf(suite), `{\n${parts.join(',\n')}\n}\n`)
}

/** What is kept of a course. */
export function pack(course: Course, usual = usualValues(course.made)): Recorded {
  const made = withoutUsual(course.made, usual)
  const changed = Object.entries(withoutUsual(course.changed, usual)).filter(
    ([key, value]) => JSON.stringify(made[key]) !== JSON.stringify(value),
  )
  return { usual, refused: course.refused.map(withoutPath), made, changed: Object.fromEntries(changed) }
}

function withoutPath(line: string): string {
  return line.replace(/"[^"]*objects\.json"/, 'objects')
}

function attributesIn(value: Json): Readonly<Record<string, Json>>[] {
  if (Array.isArray(value)) return value.flatMap(attributesIn)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'Attributes' ? [each as Readonly<Record<string, Json>>] : attributesIn(each),
  )
}

function usualValues(objects: Objects): Record<string, string> {
  const counts = new Map<string, Map<string, number>>()
  for (const [name, value] of Object.values(objects).flatMap(attributesIn).flatMap(Object.entries)) {
    const ofName = counts.get(name) ?? new Map<string, number>()
    ofName.set(String(value), (ofName.get(String(value)) ?? 0) + 1)
    counts.set(name, ofName)
  }
  const most = (ofName: Map<string, number>): string =>
    [...ofName].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
  return Object.fromEntries([...counts].map(([name, ofName]) => [name, most(ofName)]))
}

function withoutUsual(objects: Objects, usual: Readonly<Record<string, string>>): Objects {
  const strip = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(strip)
    if (value === null || typeof value !== 'object') return value
    const entries = Object.entries(value).map(([key, each]): [string, Json] => {
      if (key !== 'Attributes') return [key, strip(each)]
      return [
        key,
        Object.fromEntries(Object.entries(each as object).filter(([name, is]) => usual[name] !== is)),
      ]
    })
    return Object.fromEntries(entries)
  }
  return Object.fromEntries(Object.entries(objects).map(([key, value]) => [key, strip(value)]))
}
