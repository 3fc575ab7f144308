import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { memoryFiles } from '../config/file-system.ts'
import { readProject } from '../config/project.ts'
import { readFileSync } from 'node:fs'
import type { Plan } from './plan.ts'
import { makePlan } from './plan.ts'
import { captured } from '../terminal/testing/captured.ts'
import { renderPlan } from './render.ts'

const plain = captured({ tty: { out: true }, columns: 140, environment: { NO_COLOR: '1' } }).terminal
const files = ['cluster.yaml', 'nginx-ec2.yaml', 'nginx-fargate.yaml']

function workshop(change: (text: string) => string = (text) => text): Plan {
  const texts = files.map((name) => {
    const path = new URL(`../../examples/eks-workshop/${name}`, import.meta.url)
    return [name, change(readFileSync(path, 'utf8'))] as const
  })
  return makePlan(readProject(files, memoryFiles(Object.fromEntries(texts))), {
    today: new Date('2026-11-23'),
  })
}

describe('renderPlan', () => {
  it('looks as in the golden file', async () => {
    await expect(renderPlan(workshop(), plain)).toMatchFileSnapshot(
      '../../test/fixtures/plan/eks-workshop.txt',
    )
  })

  it('fits terminals of 60, 80 and 120 columns', () => {
    for (const columns of [60, 80, 120]) {
      const { terminal } = captured({ tty: { out: true }, columns, environment: { NO_COLOR: '1' } })
      const tables = renderPlan(workshop(), terminal).split('\n\n').slice(0, 2).join('\n').split('\n')
      const lines = tables.filter((line) => !line.startsWith('On-demand'))
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      expect(tables.join('\n')).toContain('$463.87')
    }
  })

  it('shows problems with their place and remedy, errors first', async () => {
    const change = (text: string): string =>
      text
        .replace('"1.35"', '"1.33"')
        .replace('nlb-target-type: ip', 'nlb-target-type: instance')
        .replace('cpu: 250m', 'cpu: 50m')
    await expect(renderPlan(workshop(change), plain)).toMatchFileSnapshot(
      '../../test/fixtures/plan/problems.txt',
    )
  })

  it('differs from plain text in colours only', () => {
    const coloured = renderPlan(
      workshop(),
      captured({ tty: { out: true }, columns: 140, environment: { FORCE_COLOR: '1' } }).terminal,
    )
    expect(coloured).not.toBe(stripVTControlCharacters(coloured))
    expect(stripVTControlCharacters(coloured)).toBe(renderPlan(workshop(), plain))
  })

  it('shows the problems alone when nothing could be planned', () => {
    const text = renderPlan(
      workshop((all) => all.replace('managedNodeGroups', 'managedNodeGroup')),
      plain,
    )
    expect(text).toMatch(/^✖ error unknown-field {2}cluster.yaml:\d+:1\n/)
    expect(text).toMatch(/\n1 error\n$/)
  })
})
