// What kube-apiserver v1.35.4 answered to definitions and to objects of one; testing/*.jsonl hold bodies and its words.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  createDefinitionsFixture,
  type DefinitionsFixture,
  type Json,
} from './testing/definitions-fixture.ts'
import { widgetDefinition } from './testing/widgets.ts'

interface Vector {
  readonly case: string
  readonly status: number
  readonly sent: Json
  readonly message?: string
  readonly warnings?: readonly string[]
}

function vectors(file: string): Vector[] {
  const text = readFileSync(new URL(`testing/${file}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Vector)
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const WIDGETS = '/apis/ex.com/v1/namespaces/d/widgets'

let fixture: DefinitionsFixture

beforeAll(async () => {
  fixture = await createDefinitionsFixture()
  await fixture.define(widgetDefinition)
})

afterAll(() => fixture[Symbol.asyncDispose]())

/** The findings of a message, for their order is that of a map of Go where there are several. */
function findings(message: string): string[] {
  const inside = /^(.*? is invalid: )\[(.*)\]$/s.exec(message)
  if (!inside) return [message]
  return [
    inside[1] ?? '',
    ...(inside[2] ?? '').split(/, (?=<nil>|\.?(?:spec|status|metadata)[.:[])/),
  ].toSorted()
}

describe('definitions', () => {
  it.each(vectors('definitions.jsonl'))('$status: $case', async ({ status, sent, message, warnings }) => {
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', ...sent }
    const answer = await fixture.send('POST', `${DEFINITIONS}?dryRun=All`, { body })
    if (message) expect(findings(answer.body['message'] as string)).toEqual(findings(message))
    expect(answer.status).toBe(status)
    for (const warning of warnings ?? []) expect(answer.warnings).toContain(warning)
  })
})

describe('objects', () => {
  it.each(vectors('objects.jsonl'))('$status: $case', async ({ status, sent, message, warnings }) => {
    const body = { apiVersion: 'ex.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: sent }
    const answer = await fixture.send('POST', `${WIDGETS}?dryRun=All`, { body })
    if (message) expect(findings(answer.body['message'] as string)).toEqual(findings(message))
    expect(answer.status).toBe(status)
    for (const warning of warnings ?? []) expect(answer.warnings).toContain(warning)
  })

  it.each([
    [{ spec: { name: 'abc', zzz: 1 } }, 'unknown field "spec.zzz"'],
    [{ spec: { name: 'abc' }, zz: 1 }, 'unknown field "zz"'],
    [{ metadata: { name: 'w', zz: 1 }, spec: { name: 'abc' } }, 'unknown field "metadata.zz"'],
  ])('refuses unknown fields when asked to: %j', async (change, text) => {
    const body = { apiVersion: 'ex.com/v1', kind: 'Widget', metadata: { name: 'w' }, ...change }
    const answer = await fixture.send('POST', `${WIDGETS}?fieldValidation=Strict`, { body })
    expect(answer.status).toBe(400)
    const message = `Widget in version "v1" cannot be handled as a Widget: strict decoding error: ${text}`
    expect(answer.body).toMatchObject({ reason: 'BadRequest', message })
  })
})
