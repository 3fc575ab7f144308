import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { render, renderChart } from './render.ts'

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

const chart = {
  release: 'karpenter',
  chart: 'oci://public.ecr.aws/karpenter/karpenter',
  version: '1.8.1',
  namespace: 'karpenter',
  values: { settings: { clusterName: 'shop' } },
}

test('a chart of a registry is rendered with its values', () => {
  // A builtin of the shell: the path holds nothing else.
  install('helm', 'read -r values; echo "$@ <<< $values"')
  expect(renderChart(chart)).toEqual({
    text: 'template karpenter oci://public.ecr.aws/karpenter/karpenter --version 1.8.1 --namespace karpenter --include-crds --values - <<< {"settings":{"clusterName":"shop"}}\n',
  })
})

test('says why a chart of a registry is not rendered', () => {
  expect(renderChart(chart)).toMatchObject({ fault: expect.stringContaining('which is not on the path') })
  install('helm', 'echo "Error: 1.8.1: not found" >&2; exit 1')
  expect(renderChart(chart)).toMatchObject({
    fault: expect.stringContaining('Error: 1.8.1: not found'),
    help: expect.stringContaining('the registry'),
  })
})
