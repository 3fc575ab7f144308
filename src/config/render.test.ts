import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { render } from './render.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'neargate-render-'))
  mkdirSync(join(directory, 'bin'))
  vi.stubEnv('PATH', join(directory, 'bin'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

function install(program: string, script: string): void {
  const path = join(directory, 'bin', program)
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
}

test.each([
  ['kustomize', 'kubectl', (at: string) => `kustomize ${at}`],
  ['helm', 'helm', (at: string) => `template web ${at} --include-crds`],
] as const)('%s is %s', (renderer, program, words) => {
  install(program, 'echo "$@"')
  const at = join(directory, 'web')
  expect(render(renderer, at)).toEqual({ text: `${words(at)}\n` })
})

test('says what the tool said', () => {
  install('helm', 'echo "Error: chart broken" >&2; exit 1')
  expect(render('helm', 'web')).toEqual({
    fault: 'helm template web web --include-crds failed: Error: chart broken',
    help: 'Correct the chart.',
  })
})

test('says which tool is missing, and what to do without', () => {
  expect(render('kustomize', 'web')).toEqual({
    fault: 'web has to be rendered by kubectl, which is not on the path',
    help: 'Install kubectl, or give the output of: kubectl kustomize web',
  })
})
